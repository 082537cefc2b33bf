import { openFleet } from "./fleet.js";
import { FleetRun } from "./fleet-run.js";

/** Polls come 30 times as often as by default, so a minute has as many as half an hour of a fleet's life. */
const FASTER = 30;

/** Runs a fleet for some minutes and prints what it saw; the exit code says whether all held. */
export async function fleetMain({ minutes, seed }: { readonly minutes: number; readonly seed: number }): Promise<void> {
  console.log(`a fleet for ${minutes} minutes (polls of ${(minutes * FASTER) / 60} hours) from seed ${seed}`);
  const undo: (() => unknown)[] = [];
  const scope = { teardown: (step: () => unknown) => void undo.push(step) };
  const run = new FleetRun(await openFleet(scope), seed);
  const end = Date.now() + minutes * 60_000;
  const { problems, ...seen } = await run.run((steps) => {
    if (steps > 0 && steps % 250 === 0) console.log(`${steps} steps`);
    return Date.now() > end;
  });
  for (const step of undo.reverse()) await step();
  console.log(JSON.stringify(seen, undefined, 2));
  for (const problem of problems) console.log(problem);
  console.log(problems.length === 0 ? "all held" : `${problems.length} did not hold`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
