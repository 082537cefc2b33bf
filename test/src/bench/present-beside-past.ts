import { setTimeout as sleep } from "node:timers/promises";
import { type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { generatedFiles } from "./generated-flags.js";
import { compareLoads, type LoadResult, load, rawRequest } from "./load.js";
import type { BenchRow } from "./row.js";

const FLAGS = 350;
const COMMITS = 20;
const ROUNDS = 9;
const ROUND = { connections: 16, durationMs: 1000 };
/** Between two questions for a past state while evaluations of now are measured. */
const EVERY_MS = 100;
const PATH = "/evaluate/v1/boolean";
const ASKED = { namespaceKey: "team-0000", flagKey: "flag-1", context: { country: "de", plan: "beta" } };

const REQUESTS = Array.from({ length: 64 }, (_, index) =>
  rawRequest("POST", PATH, { body: { ...ASKED, entityId: `user-${index * 7919}` } }),
) as [Buffer, ...Buffer[]];

/** A daemon over a history of some commits, with one process for everything. */
async function start(scope: Scope, journal: boolean): Promise<RunningDaemon> {
  const files = generatedFiles(FLAGS);
  const repository = await temporaryRepository(scope, { files: Object.fromEntries(files) });
  const [path, text] = [...files][0] ?? ["", ""];
  for (let commit = 1; commit < COMMITS; commit += 1) await repository.commit({ [path]: `${text}# ${commit}\n` });
  const storage = { default: { backend: { type: "local", path: repository.path } } };
  const history = { journal: { enabled: journal } };
  return startDaemon(scope, { config: { storage, history, log: { level: "info" } }, lifetimeMs: 20 * 60_000 });
}

async function askPast(daemon: RunningDaemon, steps: number): Promise<void> {
  const at = steps === 0 ? new Date().toISOString() : `HEAD~${steps}`;
  const { status, body } = await daemon.post(PATH, { ...ASKED, entityId: "user-1", at });
  if (status !== 200) throw new Error(JSON.stringify(body));
}

/**
 * Evaluations of now: at a daemon that keeps a journal and past states, and one without, which was never asked for any;
 * then while the first is asked for past states all the time.
 */
export async function benchPresentBesidePast(scope: Scope): Promise<readonly BenchRow[]> {
  const [used, unused] = [await start(scope, true), await start(scope, false)];
  for (let steps = 0; steps < COMMITS; steps += 1) await askPast(used, steps);
  const run = ({ url, child }: RunningDaemon): Promise<LoadResult> =>
    load(url, REQUESTS, { ...ROUND, pid: child.pid ?? 0 });
  const runAsked = async (daemon: RunningDaemon): Promise<LoadResult> => {
    const over = new AbortController();
    const asking = (async () => {
      for (let steps = 0; !over.signal.aborted; steps = (steps + 1) % COMMITS) {
        await askPast(daemon, steps);
        await sleep(EVERY_MS);
      }
    })();
    const result = await run(daemon);
    over.abort();
    await asking;
    return result;
  };
  // The compiler of hot code has to have seen enough of it, on a busy machine too.
  for (let times = 0; times < 3; times += 1) for (const daemon of [used, unused]) await run(daemon);
  const row = async (measure: string, ours: () => Promise<LoadResult>): Promise<BenchRow> => {
    const found = await compareLoads(ROUNDS, ours, () => run(unused));
    const cpu = found.ours.requestsPerCpuSecond / found.theirs.requestsPerCpuSecond;
    return {
      measure,
      goal: "≥ 0.98",
      figure: `${Math.round(found.ours.requestsPerSecond)}/s (${cpu.toFixed(2)} of the other's per second of CPU)`,
      reference: `${Math.round(found.theirs.requestsPerSecond)}/s (no journal, never asked)`,
      ratio: found.ratio,
    };
  };
  return [
    await row(`evaluation of now, with a journal and ${COMMITS} past states kept`, () => run(used)),
    await row(`the same while a past state is asked for every ${EVERY_MS} ms`, () => runAsked(used)),
  ];
}
