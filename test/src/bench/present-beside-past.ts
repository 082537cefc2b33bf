import { setTimeout as sleep } from "node:timers/promises";
import { type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { generatedFiles } from "./generated-flags.js";
import { compareLoads, type LoadResult, load, rawRequest } from "./load.js";
import { PAIRS, type Pair, ratioText, summaryOf } from "./process-pairs.js";
import type { BenchRow } from "./row.js";

const FLAGS = 350;
const COMMITS = 20;
/** Of each pair of daemons. */
const ROUNDS = 5;
/** Code that was compiled while past states were built is compiled anew for what comes then, which takes a while. */
const WARM_UP_MS = 4000;
const ROUND = { connections: 16, durationMs: 500 };
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

interface Measured {
  /** At a daemon that keeps a journal and past states, beside one without. */
  readonly kept: Pair;
  /** The same while the first is asked for past states all the time. */
  readonly asked: Pair;
}

async function measure(scope: Scope): Promise<Measured> {
  const [used, unused] = [await start(scope, true), await start(scope, false)];
  for (let steps = 0; steps < COMMITS; steps += 1) await askPast(used, steps);
  const run = ({ url, child }: RunningDaemon, durationMs = ROUND.durationMs): Promise<LoadResult> =>
    load(url, REQUESTS, { ...ROUND, durationMs, pid: child.pid ?? 0 });
  // The compiler of hot code has to have seen enough of it.
  for (const daemon of [used, unused]) await run(daemon, WARM_UP_MS);
  const kept = await compareLoads(
    ROUNDS,
    () => run(used),
    () => run(unused),
  );
  const asked = await compareLoads(
    ROUNDS,
    () => whileAsked(used, () => run(used)),
    () => run(unused),
  );
  for (const daemon of [used, unused]) await daemon.stop();
  return { kept, asked };
}

async function whileAsked<T>(daemon: RunningDaemon, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const asking = (async () => {
    for (let steps = 0; !over.signal.aborted; steps = (steps + 1) % COMMITS) {
      await askPast(daemon, steps);
      await sleep(EVERY_MS);
    }
  })();
  try {
    return await work();
  } finally {
    over.abort();
    await asking;
  }
}

/**
 * Evaluations of now: at daemons that keep a journal and past states, beside some without, which were never asked for
 * any; then while the first are asked for past states all the time.
 */
export async function benchPresentBesidePast(scope: Scope): Promise<readonly BenchRow[]> {
  const measured: Measured[] = [];
  for (let count = 0; count < PAIRS; count += 1) measured.push(await measure(scope));
  const row = (measure: string, pairs: readonly Pair[]): BenchRow => {
    const summary = summaryOf(pairs);
    return {
      measure,
      goal: "≥ 0.98",
      figure: `${Math.round(summary.ours.requestsPerCpuSecond)} per second of CPU (${ratioText(summary)})`,
      reference: `${Math.round(summary.theirs.requestsPerCpuSecond)} per second of CPU (no journal, never asked)`,
      ratio: summary.ratio,
    };
  };
  return [
    row(
      `evaluation of now, with a journal and ${COMMITS} past states kept`,
      measured.map(({ kept }) => kept),
    ),
    row(
      `the same while a past state is asked for every ${EVERY_MS} ms`,
      measured.map(({ asked }) => asked),
    ),
  ];
}
