import { KeptDecisions } from "../../../daemon/dist/http/rights/kept-decisions.js";
import { startDaemon } from "../helpers/daemon/daemon.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { bearer, rightsConfig } from "../helpers/http/rights-daemon.js";
import { compareLoads, load, rawRequest } from "./load.js";
import { type BenchRow, median } from "./row.js";

const ROUNDS = 7;
const ROUND = { connections: 16, durationMs: 1000 };
const PATH = "/evaluate/v1/boolean";
const FLAG = { "@type": "flipt.core.Flag", key: "on", name: "on", type: "BOOLEAN_FLAG_TYPE", enabled: true };

/**
 * Evaluations by the same caller with the same token, on one process each: with rights, without them, and where nobody
 * is asked who calls.
 */
export async function benchEvaluationRights(scope: Scope): Promise<readonly BenchRow[]> {
  const start = async (config: Readonly<Record<string, unknown>>): Promise<{ url: string; pid: number }> => {
    const daemon = await startDaemon(scope, { config: { ...config, log: { level: "info" } } });
    const resource = { key: "on", payload: FLAG };
    const made = await daemon.post(
      "/api/v2/environments/staging/namespaces/default/resources",
      resource,
      bearer("root"),
    );
    if (made.status !== 200) throw new Error(JSON.stringify(made));
    return { url: daemon.url, pid: daemon.child.pid ?? 0 };
  };
  const judged = await start(rightsConfig());
  const free = await start({ ...rightsConfig(), authorization: { required: false } });
  const open = await start({ ...rightsConfig(undefined, { required: false }), authorization: { required: false } });
  const requests = Array.from({ length: 64 }, (_, index) =>
    rawRequest("POST", PATH, {
      body: { environmentKey: "staging", flagKey: "on", entityId: `user-${index}`, context: { country: "de" } },
      headers: bearer("viewer"),
    }),
  ) as [Buffer, ...Buffer[]];
  const run = ({ url, pid }: typeof judged): ReturnType<typeof load> => load(url, requests, { ...ROUND, pid });
  // The compiler of hot code has to have seen enough of it, on a busy machine too.
  for (let times = 0; times < 3; times += 1) for (const server of [judged, free, open]) await run(server);
  const row = async (than: typeof judged, what: string): Promise<BenchRow> => {
    const { ours, theirs, ratio } = await compareLoads(
      ROUNDS,
      () => run(judged),
      () => run(than),
    );
    const cpu = ours.requestsPerCpuSecond / theirs.requestsPerCpuSecond;
    return {
      measure: `boolean evaluation with a token and rights, against ${what}`,
      goal: "≥ 0.95",
      figure: `${Math.round(ours.requestsPerSecond)}/s (${cpu.toFixed(2)} of the other's per second of CPU)`,
      reference: `${Math.round(theirs.requestsPerSecond)}/s`,
      ratio,
    };
  };
  return [await row(free, "without rights"), await row(open, "neither"), await decisions()];
}

/** Time of a decision that has been made before. */
async function decisions(): Promise<BenchRow> {
  const kept = new KeptDecisions(async () => ({ allowed: true, keepMs: undefined }));
  const callers = Array.from({ length: 100 }, (_, index) => ({
    method: "token",
    identity: { subject: `t${index}`, metadata: {}, claims: {} },
  }));
  const places = Array.from({ length: 20 }, (_, index) => [`environment-${index % 4}`, `namespace-${index}`] as const);
  for (const caller of callers) {
    for (const [environment, namespace] of places) await kept.may(caller, "evaluate", environment, namespace);
  }
  const CALLS = 200_000;
  const times = Array.from({ length: 9 }, () => {
    const started = performance.now();
    let allowed = 0;
    for (let index = 0; index < CALLS; index += 1) {
      const [environment, namespace] = places[index % places.length] as (typeof places)[number];
      const caller = callers[index % callers.length] as (typeof callers)[number];
      if (kept.may(caller, "evaluate", environment, namespace) === true) allowed += 1;
    }
    if (allowed !== CALLS) throw new Error(`${allowed} of ${CALLS} allowed`);
    return ((performance.now() - started) * 1000) / CALLS;
  });
  const micros = median(times);
  return {
    measure: "a decision that is known",
    goal: "≤ 1 of 2 µs",
    figure: `${micros.toFixed(3)} µs`,
    reference: "2 µs (the bound)",
    ratio: micros / 2,
  };
}
