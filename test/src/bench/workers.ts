import type { Scope } from "../helpers/files/temporary-directory.js";
import { load, rawRequest } from "./load.js";
import { type BenchRow, median } from "./row.js";
import { type ServerProcess, startServer } from "./server-process.js";

const REQUEST = rawRequest("POST", "/evaluate/v1/boolean", {
  body: { namespaceKey: "n0", flagKey: "flag-1", entityId: "user-1", context: { country: "de" } },
});

/** From one process to two workers: what a request costs, in processor time of all the server's processes. */
export async function benchWorkers(scope: Scope): Promise<readonly BenchRow[]> {
  const one = await startServer(scope, "vexil-server", 1, 1, 350);
  const two = await startServer(scope, "vexil-server", 2, 1, 350);
  for (const server of [one, two]) await requestsPerCpuSecond(server, 1000);
  const [ones, twos]: [number[], number[]] = [[], []];
  for (let round = 0; round < 5; round += 1) {
    ones.push(await requestsPerCpuSecond(one, 1500));
    twos.push(await requestsPerCpuSecond(two, 1500));
  }
  const [figure, reference] = [median(twos), median(ones)];
  const shares: number[] = [];
  for (let round = 0; round < 9; round += 1) shares.push(await busiestShare(two));
  return [
    {
      measure: "requests per second of processor time, 2 workers",
      goal: "≥ 0.85",
      figure: `${Math.round(figure)}`,
      reference: `${Math.round(reference)} (one process)`,
      ratio: figure / reference,
    },
    {
      measure: "work of the busier of 2 workers, 8 connections that stay",
      goal: "told only",
      figure: `${(median(shares) * 100).toFixed(0)} %, worst ${(Math.max(...shares) * 100).toFixed(0)} %`,
      reference: "50 %",
      ratio: median(shares) / 0.5,
    },
  ];
}

/** How much of the work one of the workers got. */
async function busiestShare(server: ServerProcess): Promise<number> {
  const before = await server.ask<{ workers: readonly number[] }>({ type: "measure" });
  await load(server.url, [REQUEST], { connections: 8, durationMs: 500 });
  const after = await server.ask<{ workers: readonly number[] }>({ type: "measure" });
  const spent = after.workers.map((seconds, index) => seconds - (before.workers[index] ?? 0));
  return Math.max(...spent) / spent.reduce((sum, seconds) => sum + seconds, 0);
}

async function requestsPerCpuSecond(server: ServerProcess, durationMs: number): Promise<number> {
  const before = await server.ask<{ cpuSeconds: number }>({ type: "measure" });
  const { requests } = await load(server.url, [REQUEST], { connections: 32, durationMs });
  const after = await server.ask<{ cpuSeconds: number }>({ type: "measure" });
  return requests / (after.cpuSeconds - before.cpuSeconds);
}
