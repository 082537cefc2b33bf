import type { Scope } from "../helpers/temporary-directory.js";
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
  return [
    {
      measure: "requests per second of processor time, 2 workers",
      goal: "≥ 0.85",
      figure: `${Math.round(figure)}`,
      reference: `${Math.round(reference)} (one process)`,
      ratio: figure / reference,
    },
  ];
}

async function requestsPerCpuSecond(server: ServerProcess, durationMs: number): Promise<number> {
  const before = await server.ask<{ cpuSeconds: number }>({ type: "measure" });
  const { requests } = await load(server.url, [REQUEST], { connections: 32, durationMs });
  const after = await server.ask<{ cpuSeconds: number }>({ type: "measure" });
  return requests / (after.cpuSeconds - before.cpuSeconds);
}
