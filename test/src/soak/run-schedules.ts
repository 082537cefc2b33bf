import type { Arena } from "./arena.js";

export interface SoakOptions {
  readonly schedules: number;
  readonly firstSeed: number;
  /** Called after each schedule. */
  readonly onDone?: (failure: Failure) => void;
}

export interface Failure {
  readonly seed: number;
  /** How to run it again. */
  readonly again: string;
  readonly problems: readonly string[];
}

/** Runs schedules, the arenas (all of the same kind) side by side; resolves to those that failed. */
export async function runSchedules(arenas: readonly Arena[], options: SoakOptions): Promise<readonly Failure[]> {
  const { firstSeed } = options;
  const failures: Failure[] = [];
  const end = firstSeed + options.schedules;
  let next = firstSeed;
  const work = async (arena: Arena): Promise<void> => {
    const { remote, kills } = arena.options;
    while (next < end) {
      const seed = next++;
      const problems = await arena
        .run(seed)
        .catch((error: unknown) => [`the schedule broke: ${error instanceof Error ? error.stack : String(error)}`]);
      const failure = {
        seed,
        again: `npm run soak -- --schedules 1 --seed ${seed} --remote ${remote}${kills ? " --kills" : ""}`,
        problems,
      };
      if (problems.length > 0) failures.push(failure);
      options.onDone?.(failure);
    }
  };
  await Promise.all(arenas.map(work));
  return failures;
}
