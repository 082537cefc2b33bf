import { connect, type Socket } from "node:net";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { cpuSeconds, rawRequest } from "./load.js";
import { type BenchRow, median } from "./row.js";
import { type ServerProcess, startServer } from "./server-process.js";

const SUBSCRIBERS = 1000;
const REQUEST = rawRequest("GET", "/client/v2/environments/default/namespaces/n0/stream");

interface Measured {
  readonly rss: number;
  readonly heap: number;
}

/** A change to 1,000 subscribers of a namespace of 50 flags, beside one that never reads. */
export async function benchFanOut(scope: Scope): Promise<readonly BenchRow[]> {
  const server = await startServer(scope, "vexil-server", 1, 1, 50);
  const warm = await subscribe(scope, server, 50);
  await warm.publish(server, 1);
  warm.close();
  const before = await settledMemory(server);
  const subscribers = await subscribe(scope, server, SUBSCRIBERS);
  const mute = connect(Number(new URL(server.url).port), "127.0.0.1");
  scope.teardown(() => mute.destroy());
  mute.pause().write(REQUEST);
  const after = await settledMemory(server);
  const times: number[] = [];
  const processorMs: number[] = [];
  for (let version = 2; version < 13; version += 1) {
    const spent = cpuSeconds(server.pid);
    times.push(await subscribers.publish(server, version));
    processorMs.push((cpuSeconds(server.pid) - spent) * 1000);
  }
  subscribers.close();
  const bytes = (after.rss - before.rss) / SUBSCRIBERS;
  const heap = (after.heap - before.heap) / SUBSCRIBERS;
  return [
    {
      measure: `commit to the last of ${SUBSCRIBERS} subscribers, one of which never reads`,
      goal: "≤ 250 ms",
      figure: `${median(times).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms (processor time ${median(processorMs).toFixed(0)} ms)`,
      reference: "250 ms",
      ratio: median(times) / 250,
    },
    {
      measure: "memory for each subscriber",
      goal: "≤ 20 kB",
      figure: `${(bytes / 1000).toFixed(1)} kB resident, ${(heap / 1000).toFixed(1)} kB on heaps`,
      reference: "20 kB",
      ratio: bytes / 20_000,
    },
  ];
}

async function settledMemory(server: ServerProcess): Promise<Measured> {
  await server.ask({ type: "measure" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  return server.ask({ type: "measure" });
}

interface Subscribers {
  /** Milliseconds from the change to the last subscriber that has it whole. */
  publish(server: ServerProcess, version: number): Promise<number>;
  close(): void;
}

async function subscribe(scope: Scope, server: ServerProcess, count: number): Promise<Subscribers> {
  const port = Number(new URL(server.url).port);
  let complete = 0;
  let all: () => void = () => {};
  const sockets: Socket[] = [];
  const open = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(REQUEST));
      sockets.push(socket);
      scope.teardown(() => socket.destroy());
      socket.on("data", (chunk: Buffer) => {
        // A message ends with a line feed, and its chunk with CR LF.
        if (!chunk.subarray(-5).toString("latin1").includes("}\n\r\n")) return;
        complete += 1;
        resolve();
        if (complete === count) all();
      });
      socket.on("error", reject);
    });
  for (let started = 0; started < count; started += 100) {
    await Promise.all(Array.from({ length: Math.min(100, count - started) }, open));
  }
  return {
    publish: async (target, version) => {
      complete = 0;
      const last = new Promise<void>((resolve) => {
        all = resolve;
      });
      const started = performance.now();
      await target.ask({ type: "publish", version });
      await last;
      return performance.now() - started;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
