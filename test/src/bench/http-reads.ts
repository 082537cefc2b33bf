import type { Scope } from "../helpers/files/temporary-directory.js";
import { compareLoads, type LoadResult, load, rawRequest } from "./load.js";
import type { BenchRow } from "./row.js";
import { type ServerProcess, startServer } from "./server-process.js";

const ROUNDS = 5;
const ROUND = { connections: 16, durationMs: 1000 };
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
}

const SNAPSHOT = "/client/v2/environments/default/namespaces/n0/snapshot";

/** Reads beside a bare `node:http` server that parses the same request and answers the same bytes. */
export async function benchHttpReads(scope: Scope): Promise<readonly BenchRow[]> {
  const vexil = await startServer(scope, "vexil-server", 1, 1, 350);
  const bare = await startServer(scope, "bare-server");
  const etag = (await fetch(vexil.url + SNAPSHOT)).headers.get("etag") ?? "";
  const reads: readonly Read[] = [
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
      headers: { "If-None-Match": etag },
    },
    { measure: "snapshot of 350 flags (200)", goal: "≥ 0.9", method: "GET", path: SNAPSHOT },
  ];
  const rows: BenchRow[] = [];
  for (const read of reads) rows.push(...(await measure(vexil, bare, read, etag)));
  return rows;
}

async function measure(
  vexil: ServerProcess,
  bare: ServerProcess,
  read: Read,
  etag: string,
): Promise<readonly BenchRow[]> {
  const { method, path, body, headers = {} } = read;
  const answer = await fetch(vexil.url + path, {
    method,
    headers: { ...headers, "if-none-match": "none" },
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
  for (const server of [vexil, bare]) await load(server.url, requests, { ...ROUND, durationMs: 1000 });
  const { ours, theirs, ratio } = await compareLoads(
    ROUNDS,
    () => run(vexil),
    () => run(bare),
  );
  return [
    {
      measure: read.measure,
      goal: read.goal,
      figure: `${perSecond(ours)} (${(ours.requestsPerCpuSecond / theirs.requestsPerCpuSecond).toFixed(2)} of the other's), p99 ${ours.p99Ms.toFixed(2)} ms`,
      reference: `${perSecond(theirs)}, p99 ${theirs.p99Ms.toFixed(2)} ms (bare node:http)`,
      ratio,
    },
  ];
}

const perSecond = ({ requestsPerSecond, requestsPerCpuSecond }: LoadResult): string =>
  `${Math.round(requestsPerSecond)}/s, ${Math.round(requestsPerCpuSecond)} per second of CPU`;
