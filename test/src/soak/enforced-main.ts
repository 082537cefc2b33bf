import { EnforcedRounds } from "./enforced-rounds.js";

/** Runs rounds with either backend and prints what they saw; the exit code says whether all held. */
export async function enforcedMain({
  rounds,
  seed,
}: {
  readonly rounds: number;
  readonly seed: number;
}): Promise<void> {
  console.log(`${rounds} rounds of pushes to a daemon that enforces tests and is killed, from seed ${seed}`);
  let problems = 0;
  for (const [index, keptBy] of (["local", "memory"] as const).entries()) {
    const undo: (() => unknown)[] = [];
    const scope = { teardown: (step: () => unknown) => void undo.push(step) };
    const share = Math.floor(rounds / 2) + (index === 0 ? rounds % 2 : 0);
    const report = await new EnforcedRounds(scope, keptBy, seed + index).run(share, (round) => {
      if (round % 25 === 0) console.log(`${keptBy}: ${round} done`);
    });
    for (const step of undo.reverse()) await step();
    const { problems: found, ...counts } = report;
    console.log(`${keptBy}: ${JSON.stringify(counts)}`);
    for (const problem of found) console.log(`  ${problem}`);
    problems += found.length;
  }
  console.log(problems === 0 ? "all held" : `${problems} did not hold`);
  process.exitCode = problems === 0 ? 0 : 1;
}
