import { reportLines, unheld } from "./hostile-report.js";
import { HostileSoak } from "./hostile-soak.js";
import { within } from "./within.js";

const PHASES = 4;
const SETTLE_MS = 20_000;
/** Time for work that is under way at the end; then the report is printed without it. */
const GRACE_MS = 10 * 60_000;
const UNDO_MS = 30_000;

/** Runs the hostile soak and prints what it found, however it ends; the exit code says whether all held. */
export async function hostileMain(options: {
  readonly cases: number;
  readonly seed: number;
  readonly minutes: number;
}): Promise<void> {
  const { cases, seed, minutes } = options;
  console.log(`${cases} hostile cases from seed ${seed}, ${minutes} minutes at most`);
  const undo: (() => unknown)[] = [];
  const scope = { teardown: (step: () => unknown) => void undo.push(step) };
  const interruption = new AbortController();
  const interrupted = new Promise<string>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        // Asked twice, it does not wait for what is under way.
        if (interruption.signal.aborted) resolve("interrupted");
        interruption.abort();
      });
    }
  });
  const runMs = minutes * 60_000;
  const soak = await HostileSoak.open(scope, {
    ...{ cases, seed, phases: PHASES, settleMs: SETTLE_MS },
    until: Date.now() + runMs,
    signal: interruption.signal,
    onProgress: (text) => console.log(text),
  });
  const ended = soak.run().then(
    () => "ended",
    (error: unknown) => `the soak failed: ${error instanceof Error ? error.stack : error}`,
  );
  const how = (await within(runMs + GRACE_MS, Promise.race([ended, interrupted]))) ?? "what was under way did not end";
  const report = await soak.report();
  for (const line of reportLines(report)) console.log(line);
  const problems = [
    ...(how === "ended" ? [] : [how]),
    ...(interruption.signal.aborted ? ["it was interrupted"] : []),
    ...unheld(report),
  ];
  for (const problem of problems) console.log(`  ${problem}`);
  console.log(problems.length === 0 ? "all held" : "not all held");
  const undone = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };
  await within(UNDO_MS, undone());
  // Nothing that still hangs keeps it.
  process.exit(problems.length === 0 ? 0 : 1);
}
