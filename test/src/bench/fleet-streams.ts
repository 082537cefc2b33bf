import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import type { RunningDaemon } from "../helpers/daemon/daemon.js";
import { startEdge, startOrigin, writeBanner } from "../helpers/daemon/edges.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { cpuSeconds, rawRequest } from "./load.js";
import { type BenchRow, median } from "./row.js";

/** `npm run bench -- fleet-streams 2000` asks for others. */
const STREAMS = Number(process.argv[3] ?? 10_000);
const CHANGES = 10;
const OPENED_TOGETHER = 200;
const REQUEST = rawRequest("GET", "/client/v2/environments/default/namespaces/default/stream");

/** A change at the origin to all streams of clients at one edge. */
export async function benchFleetStreams(scope: Scope): Promise<readonly BenchRow[]> {
  const { daemon, gateway } = await startOrigin(scope);
  const limits = { streams: STREAMS * 2, streams_per_client: STREAMS * 2, connections_per_address: STREAMS * 2 };
  const edge = await startEdge(scope, gateway.url, {}, { server: { limits } });
  const pid = edge.child.pid ?? 0;
  const streams = new Streams(scope, edge);
  await streams.open(100);
  await writeBanner(daemon, false);
  await streams.all();
  const before = await privateBytes(pid);
  await streams.open(STREAMS - 100);
  const after = await privateBytes(pid);
  const times: number[] = [];
  const processorMs: number[] = [];
  for (let change = 0; change < CHANGES; change += 1) {
    streams.expect();
    const spent = cpuSeconds(pid);
    await writeBanner(daemon, change % 2 === 0);
    const pushed = performance.now();
    times.push((await streams.all()) - pushed);
    processorMs.push((cpuSeconds(pid) - spent) * 1_000);
  }
  const worst = Math.max(...times);
  return [
    {
      measure: `a write is answered by the origin → the last of ${STREAMS} streams at one edge has it`,
      goal: "≤ 500 ms",
      figure: `${median(times).toFixed(0)} ms, worst ${worst.toFixed(0)} ms (processor time of the edge ${median(processorMs).toFixed(0)} ms)`,
      reference: "500 ms",
      ratio: median(times) / 500,
    },
    {
      measure: "memory of the edge for each stream",
      goal: "≤ 20 kB",
      figure: `${((after - before) / STREAMS / 1_000).toFixed(1)} kB, ${(after / 1e6).toFixed(0)} MB in all`,
      reference: "20 kB",
      ratio: (after - before) / STREAMS / 20_000,
    },
  ];
}

class Streams {
  readonly #scope: Scope;
  readonly #port: number;
  #count = 0;
  #complete = 0;
  #last = 0;
  #done: () => void = () => undefined;

  constructor(scope: Scope, { url }: RunningDaemon) {
    this.#scope = scope;
    this.#port = Number(new URL(url).port);
  }

  async open(count: number): Promise<void> {
    for (let opened = 0; opened < count; opened += OPENED_TOGETHER) {
      const some = Math.min(OPENED_TOGETHER, count - opened);
      await Promise.all(Array.from({ length: some }, () => this.#connect()));
    }
    this.expect();
  }

  /** The next message of each stream counts. */
  expect(): void {
    this.#complete = 0;
  }

  /** The moment (`performance.now()`) at which the last stream had it. */
  async all(): Promise<number> {
    if (this.#complete < this.#count) {
      await new Promise<void>((resolve) => {
        this.#done = resolve;
      });
    }
    return this.#last;
  }

  #connect(): Promise<void> {
    this.#count += 1;
    return new Promise((resolve, reject) => {
      const socket: Socket = connect(this.#port, "127.0.0.1", () => socket.write(REQUEST));
      this.#scope.teardown(() => socket.destroy());
      socket.on("error", reject);
      socket.on("data", (chunk: Buffer) => {
        // A message ends with a line feed, and its chunk with CR LF.
        if (!chunk.subarray(-5).toString("latin1").includes("}\n\r\n")) return;
        resolve();
        this.#complete += 1;
        this.#last = performance.now();
        if (this.#complete === this.#count) this.#done();
      });
    });
  }
}

/** Bytes of a process, pages shared with others counted by their part. */
async function privateBytes(pid: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return 1_024 * Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1]);
}
