import type { Scope } from "../helpers/temporary-directory.js";
import { compareLoads, type LoadResult, load, rawRequest } from "./load.js";
import type { BenchRow } from "./row.js";
import { type ServerProcess, startServer } from "./server-process.js";

const ROUNDS = 5;
const ROUND = { connections: 16, durationMs: 1000 };
const CONTEXT = { country: "de", plan: "beta", targetingKey: "user-1" };
const item = (index: number): object => ({
  namespaceKey: "n0",
  flagKey: `flag-${index}`,
  entityId: "user-1",
  context: { country: "de", plan: "beta" },
});

interface Read {
  readonly measure: string;
  readonly goal: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
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
      body: item(1),
    },
    {
      measure: "single variant evaluation",
      goal: "≥ 0.8",
      method: "POST",
      path: "/evaluate/v1/variant",
      body: item(0),
    },
    {
      measure: "batch of 50",
      goal: "≥ 0.5",
      method: "POST",
      path: "/evaluate/v1/batch",
      body: { requests: Array.from({ length: 50 }, (_, index) => item(index)) },
    },
    {
      measure: "OFREP bulk of 350 flags",
      goal: "≥ 0.5",
      method: "POST",
      path: "/ofrep/v1/evaluate/flags",
      body: { context: CONTEXT },
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
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
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
  const request = rawRequest(method, path, { body, headers });
  const run = (server: ServerProcess): Promise<LoadResult> => load(server.url, request, { ...ROUND, pid: server.pid });
  for (const server of [vexil, bare]) await load(server.url, request, { ...ROUND, durationMs: 500 });
  const { ours, theirs, ratio } = await compareLoads(
    ROUNDS,
    () => run(vexil),
    () => run(bare),
  );
  return [
    {
      measure: read.measure,
      goal: read.goal,
      figure: `${perSecond(ours)}, p99 ${ours.p99Ms.toFixed(2)} ms`,
      reference: `${perSecond(theirs)}, p99 ${theirs.p99Ms.toFixed(2)} ms (bare node:http)`,
      ratio,
    },
  ];
}

const perSecond = ({ requestsPerSecond, requestsPerCpuSecond }: LoadResult): string =>
  `${Math.round(requestsPerSecond)}/s, ${Math.round(requestsPerCpuSecond)} per second of CPU`;
