import { runHostileSoak } from "./hostile-soak.js";

const MEGABYTE = 2 ** 20;
/** Bounds that the daemon keeps with its default limits. */
const SILENCE_MS = 1_000;
const PRIMARY_BYTES = 700 * MEGABYTE;
const PHASES = 4;
const SETTLE_MS = 20_000;

/** Runs the hostile soak and prints what it found; the exit code says whether all held. */
export async function hostileMain(options: {
  readonly cases: number;
  readonly seed: number;
  readonly minutes: number;
}): Promise<void> {
  const { cases, seed, minutes } = options;
  console.log(`${cases} hostile cases from seed ${seed}, ${minutes} minutes at most`);
  const undo: (() => unknown)[] = [];
  const scope = { teardown: (step: () => unknown) => void undo.push(step) };
  try {
    const until = Date.now() + minutes * 60_000;
    const onProgress = (text: string): void => console.log(text);
    const options = { cases, seed, until, phases: PHASES, settleMs: SETTLE_MS, onProgress };
    const report = await runHostileSoak(scope, options);
    const { files, packs, refs, requests } = report.cases;
    const { health, memory, innocent } = report;
    const megabytes = (bytes: number): string => `${Math.round(bytes / MEGABYTE)} MB`;
    console.log(
      `cases: ${files} files, ${packs} packs, ${refs} ref lists, ${requests} requests; ${report.starts} starts`,
    );
    console.log(
      `longest silence of /health/live: ${Math.round(health.longestSilenceMs)} ms (${health.answers} answers, ${health.failures} failures${JSON.stringify(health.reasons)})`,
    );
    console.log(
      `peak memory: ${megabytes(memory.primaryBytes)} primary, ${megabytes(memory.allBytes)} all processes; afterwards ${megabytes(report.afterwardsBytes)} primary`,
    );
    console.log(
      `writes: ${innocent.writes}, ${innocent.refused} refused, ${innocent.lost.length} lost, slowest ${Math.round(innocent.slowestWriteMs)} ms; reads: ${innocent.reads}, ${innocent.failedReads} failed ${JSON.stringify(innocent.reasons)}`,
    );
    for (const problem of [...innocent.lost, ...report.deaths]) console.log(`  ${problem}`);
    const held =
      report.deaths.length === 0 &&
      innocent.lost.length === 0 &&
      innocent.failedReads === 0 &&
      health.failures === 0 &&
      health.longestSilenceMs < SILENCE_MS &&
      memory.primaryBytes < PRIMARY_BYTES;
    console.log(held ? "all held" : "not all held");
    process.exitCode = held ? 0 : 1;
  } finally {
    for (const step of undo.reverse()) await step();
  }
}
