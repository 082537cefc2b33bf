import { killRounds } from "../helpers/sinks/kill-rounds.js";

/** Runs rounds of kills over both kinds of backends and prints what was found; the exit code says whether all held. */
export async function killsMain({ rounds, seed }: { readonly rounds: number; readonly seed: number }): Promise<void> {
  console.log(`${rounds} kills from seed ${seed}`);
  const undo: (() => unknown)[] = [];
  const scope = { teardown: (step: () => unknown) => void undo.push(step) };
  let problems = 0;
  for (const backend of ["local", "memory"] as const) {
    const onRound = (round: number): void => {
      if (round % 25 === 0) console.log(`${backend}: ${round} kills`);
    };
    const share = backend === "local" ? Math.ceil(rounds / 2) : Math.floor(rounds / 2);
    for (const outcome of await killRounds(scope, { rounds: share, seed, backend, onRound })) {
      const { sink, came, repeats } = outcome;
      console.log(`${backend}, ${sink}: ${came} events came, ${repeats} of them repeated`);
      for (const problem of outcome.problems) console.log(`  ${problem}`);
      problems += outcome.problems.length;
    }
  }
  for (const step of undo.reverse()) await step();
  console.log(problems === 0 ? "all held" : `${problems} problems`);
  process.exitCode = problems === 0 ? 0 : 1;
}
