import type { Scope } from "../helpers/files/temporary-directory.js";
import { compareLoads, type LoadResult, load, rawRequest } from "./load.js";
import { PAIRS, type Pair, ratioText, summaryOf } from "./process-pairs.js";
import type { BenchRow } from "./row.js";
import { type ServerProcess, startServer } from "./server-process.js";

/** Of each pair of processes. */
const ROUNDS = 3;
const WARM_UP_MS = 700;
const ROUND = { connections: 16, durationMs: 400 };
/** Evaluations are asked for this many entities in turns, so that no answer is the one before. */
const ENTITIES = Array.from({ length: 64 }, (_, index) => `user-${index * 7919}`);
const CONTEXT = { country: "de", plan: "beta" };
const item = (index: number, entityId: string): object => ({
  namespaceKey: "n0",
  flagKey: `flag-${index}`,
  entityId,
  context: CONTEXT,
});

interface Read {
  readonly measure: string;
  readonly goal: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: (entityId: string) => unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** True if the client has the snapshot already. */
  readonly isKnown?: boolean;
}

const SNAPSHOT = "/client/v2/environments/default/namespaces/n0/snapshot";

const READS: readonly Read[] = [
  {
    measure: "single boolean evaluation",
    goal: "≥ 0.8",
    method: "POST",
    path: "/evaluate/v1/boolean",
    body: (entityId) => item(1, entityId),
  },
  {
    measure: "single variant evaluation",
    goal: "≥ 0.8",
    method: "POST",
    path: "/evaluate/v1/variant",
    body: (entityId) => item(0, entityId),
  },
  {
    measure: "batch of 50",
    goal: "≥ 0.5",
    method: "POST",
    path: "/evaluate/v1/batch",
    body: (entityId) => ({ requests: Array.from({ length: 50 }, (_, index) => item(index, entityId)) }),
  },
  {
    measure: "OFREP bulk of 350 flags",
    goal: "≥ 0.5",
    method: "POST",
    path: "/ofrep/v1/evaluate/flags",
    body: (targetingKey) => ({ context: { ...CONTEXT, targetingKey } }),
    headers: { "X-Flipt-Namespace": "n0" },
  },
  {
    measure: "snapshot, unchanged (304)",
    goal: "≥ 0.9",
    method: "GET",
    path: SNAPSHOT,
    isKnown: true,
  },
  { measure: "snapshot of 350 flags (200)", goal: "≥ 0.9", method: "GET", path: SNAPSHOT },
];

/** Reads beside a bare `node:http` server that parses the same request and answers the same bytes. */
export async function benchHttpReads(scope: Scope): Promise<readonly BenchRow[]> {
  const measured = new Map<Read, Pair[]>();
  for (let count = 0; count < PAIRS; count += 1) {
    const vexil = await startServer(scope, "vexil-server", 1, 1, 350);
    const bare = await startServer(scope, "bare-server");
    const etag = (await fetch(vexil.url + SNAPSHOT)).headers.get("etag") ?? "";
    for (const read of READS)
      measured.set(read, [...(measured.get(read) ?? []), await measure(vexil, bare, read, etag)]);
    vexil.stop();
    bare.stop();
  }
  return [...measured].map(([read, pairs]) => rowOf(read, pairs));
}

async function measure(vexil: ServerProcess, bare: ServerProcess, read: Read, etag: string): Promise<Pair> {
  const { method, path, body, isKnown } = read;
  const headers = { ...read.headers, ...(isKnown === true ? { "If-None-Match": etag } : {}) };
  const answer = await fetch(vexil.url + path, {
    method,
    headers: { ...read.headers, "if-none-match": "none" },
    ...(body === undefined ? {} : { body: JSON.stringify(body("user-1")) }),
  });
  await bare.ask({
    path: `${method} ${path}`,
    answer: {
      status: 200,
      headers: Object.fromEntries(
        ["content-type", "etag"].flatMap((name) => {
          const value = answer.headers.get(name);
          return value === null ? [] : [[name, value]];
        }),
      ),
      body: await answer.text(),
      ...(method === "GET" ? { etag } : {}),
    },
  });
  const bodies = body === undefined ? [undefined] : ENTITIES.map(body);
  const [first, ...rest] = bodies.map((one) => rawRequest(method, path, { body: one, headers }));
  const requests: readonly [Buffer, ...Buffer[]] = [first as Buffer, ...rest];
  const run = (server: ServerProcess): Promise<LoadResult> => load(server.url, requests, { ...ROUND, pid: server.pid });
  for (const server of [vexil, bare])
    await load(server.url, requests, { ...ROUND, durationMs: WARM_UP_MS, pid: server.pid });
  return compareLoads(
    ROUNDS,
    () => run(vexil),
    () => run(bare),
  );
}

function rowOf({ measure, goal }: Read, pairs: readonly Pair[]): BenchRow {
  const summary = summaryOf(pairs);
  const { ours, theirs, ratio } = summary;
  return {
    measure,
    goal,
    figure: `${perSecond(ours)} (${ratioText(summary)}), p99 ${ours.p99Ms.toFixed(2)} ms`,
    reference: `${perSecond(theirs)}, p99 ${theirs.p99Ms.toFixed(2)} ms (bare node:http)`,
    ratio,
  };
}

const perSecond = ({ requestsPerSecond, requestsPerCpuSecond }: LoadResult): string =>
  `${Math.round(requestsPerSecond)}/s, ${Math.round(requestsPerCpuSecond)} per second of CPU`;
