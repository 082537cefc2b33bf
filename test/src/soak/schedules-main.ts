import { Arena } from "./arena.js";
import { runSchedules } from "./run-schedules.js";
import { REMOTE_KINDS } from "./tested-remote.js";

/** Runs schedules of three writers on one remote and prints which failed; the exit code says whether all held. */
export async function schedulesMain(options: {
  readonly schedules: number;
  readonly firstSeed: number;
  readonly arenas: number;
  readonly remote: string | undefined;
  readonly kills: boolean;
}): Promise<void> {
  const { schedules, firstSeed, kills } = options;
  const kinds = REMOTE_KINDS.filter((kind) => options.remote === undefined || options.remote === kind);
  if (kinds.length === 0) throw new Error(`--remote is one of ${REMOTE_KINDS.join(", ")}`);
  const undo: (() => unknown)[] = [];
  const scope = { teardown: (step: () => unknown) => void undo.push(step) };
  console.log(`${schedules} schedules from seed ${firstSeed} over ${kinds.join(", ")}${kills ? ", with kills" : ""}`);
  let done = 0;
  const runs = kinds.map(async (remote, index) => {
    const share = Math.floor(schedules / kinds.length) + (index < schedules % kinds.length ? 1 : 0);
    const count = Math.min(Math.ceil(options.arenas / kinds.length), share);
    const arenas = await Promise.all(Array.from({ length: count }, () => Arena.open(scope, { remote, kills })));
    return runSchedules(arenas, {
      schedules: share,
      firstSeed,
      onDone: ({ again, problems }) => {
        done += 1;
        if (done % 50 === 0) console.log(`${done} done`);
        if (problems.length > 0) console.log(`failed; again: ${again}\n  ${problems.join("\n  ")}`);
      },
    });
  });
  const failures = (await Promise.all(runs)).flat();
  for (const step of undo.reverse()) await step();
  console.log(failures.length === 0 ? "all held" : `${failures.length} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}
