import { eventually, type RunningDaemon } from "../helpers/daemon/daemon.js";
import { banner, startEdge, startOrigin, writeBanner } from "../helpers/daemon/edges.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import type { EdgeGateway } from "../helpers/network/edge-gateway.js";
import { cpuSeconds } from "./load.js";
import type { BenchRow } from "./row.js";

/** Edges; `npm run bench -- fleet 50` asks for others. */
const EDGES = Number(process.argv[3] ?? 10);
const CHANGES = 20;
const STARTED_TOGETHER = 5;
/** Long enough for edges to have tried again a few times. */
const AWAY_MS = 8_000;
const WINDOW_MS = 100;

/** A change at the origin to its edges, each a process of its own, on this machine. */
export async function benchFleet(scope: Scope): Promise<readonly BenchRow[]> {
  const { daemon, gateway } = await startOrigin(scope);
  const edges: RunningDaemon[] = [];
  while (edges.length < EDGES) {
    const some = Math.min(STARTED_TOGETHER, EDGES - edges.length);
    edges.push(...(await Promise.all(Array.from({ length: some }, () => startEdge(scope, gateway.url)))));
  }
  const watched = await Promise.all([daemon, ...edges].map((one) => watchHeads(scope, one)));
  const each = EDGES * CHANGES;
  const times: number[] = [];
  let [requests, bytes] = [0, 0];
  const spent = (): readonly number[] => [daemon, ...edges].map(({ child }) => cpuSeconds(child.pid));
  const before = spent();
  for (let change = 0; change < CHANGES; change += 1) {
    const asked = gateway.passed.length;
    const streamed = streamBytes(gateway.passed);
    const { status, body } = await writeBanner(daemon, change % 2 === 1);
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    const [origin = 0, ...served] = await Promise.all(watched.map((heads) => heads.servedAt(body.revision)));
    times.push(...served.map((at) => Math.max(0, at - origin)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const passed = gateway.passed.slice(asked);
    requests += passed.length;
    bytes += passed.reduce((sum, one) => sum + one.bytes, streamBytes(gateway.passed) - streamed);
  }
  const [atOrigin = 0, ...atEdges] = spent().map((seconds, index) => (seconds - (before[index] ?? 0)) * 1_000);
  const atEdge = atEdges.reduce((sum, ms) => sum + ms, 0) / each;
  for (const edge of edges) {
    await eventually(
      () => banner(edge),
      (enabled) => enabled === true,
    );
  }
  const sorted = times.sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return [
    {
      measure: `a change served at the origin → served on ${EDGES} edges`,
      goal: "p99 ≤ 250 ms",
      figure: `p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms, worst ${at(1).toFixed(0)} ms`,
      reference: "250 ms",
      ratio: at(0.99) / 250,
    },
    {
      measure: "for each edge and change",
      goal: "< 5 kB",
      figure: `${(requests / each).toFixed(2)} requests, ${(bytes / each).toFixed(0)} bytes answered`,
      reference: "5000 bytes",
      ratio: bytes / each / 5_000,
    },
    {
      measure: "processor time for each change",
      goal: "",
      figure: `${(atOrigin / CHANGES).toFixed(1)} ms at the origin, ${atEdge.toFixed(1)} ms at each edge`,
      reference: "",
      ratio: Number.NaN,
    },
    await benchReturn(gateway, edges),
  ];
}

/** The origin comes back: whether its edges come all at once. */
async function benchReturn(gateway: EdgeGateway, edges: readonly RunningDaemon[]): Promise<BenchRow> {
  gateway.shut();
  await Promise.all(edges.map((edge) => edge.line(({ event }) => event === "edge.disconnected")));
  await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  const before = gateway.passed.length;
  const opened = performance.now();
  gateway.open();
  const streams = (): readonly number[] =>
    gateway.passed.slice(before).flatMap(({ path, at }) => (path.includes("/events") ? [at] : []));
  await eventually(
    async () => streams().length,
    (count) => count >= edges.length,
  );
  const came = gateway.passed.slice(before).map(({ at }) => at);
  const most = Math.max(...came.map((from) => came.filter((at) => at >= from && at < from + WINDOW_MS).length));
  const last = Math.max(...streams()) - opened;
  return {
    measure: `${edges.length} edges come back to an origin that was away for ${AWAY_MS / 1000} s`,
    goal: "not at once",
    figure: `all within ${(last / 1000).toFixed(1)} s, at most ${most} of ${came.length} requests in ${WINDOW_MS} ms`,
    reference: "all at once",
    ratio: most / came.length,
  };
}

function streamBytes(passed: readonly { readonly path: string; readonly bytes: number }[]): number {
  return passed.filter(({ path }) => path.includes("/events")).reduce((sum, { bytes }) => sum + bytes, 0);
}

interface Heads {
  /** Resolves to the moment (`performance.now()`) at which a commit was told of. */
  servedAt(revision: string): Promise<number>;
}

async function watchHeads(scope: Scope, daemon: RunningDaemon): Promise<Heads> {
  const abort = new AbortController();
  scope.teardown(() => abort.abort());
  const response = await fetch(`${daemon.url}/api/v2/events?tell=heads`, { signal: abort.signal });
  const seen = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) {
      for (const [, revision = ""] of Buffer.from(chunk)
        .toString("utf8")
        .matchAll(/"revision":"(\w+)"/g)) {
        seen.set(revision, performance.now());
        waiting.get(revision)?.(performance.now());
      }
    }
  };
  read().catch(() => undefined);
  return {
    servedAt: (revision) => {
      const known = seen.get(revision);
      return known !== undefined ? Promise.resolve(known) : new Promise((resolve) => waiting.set(revision, resolve));
    },
  };
}
