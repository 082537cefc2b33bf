import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { generatedFiles } from "./generated-flags.js";
import { type BenchRow, median } from "./row.js";

const SIZES = [
  { flags: 10_000, goalMs: 400, rounds: 3 },
  { flags: 100_000, goalMs: 1_500, rounds: 2 },
];
const EVALUATION = { namespaceKey: "team-0000", flagKey: "flag-1", entityId: "ada", context: {} };

/** From the process's start to its first evaluation, with and without what the process before has kept, in turns. */
export async function benchWarmStart(scope: Scope): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { flags, goalMs, rounds } of SIZES) {
    const files = generatedFiles(flags);
    const { path } = await temporaryRepository(scope, { files: Object.fromEntries(files) });
    const [state, cwd] = [await temporaryDirectory(scope), await temporaryDirectory(scope)];
    const start = async (): Promise<{ readonly daemon: RunningDaemon; readonly ms: number }> => {
      const startedAt = performance.now();
      const daemon = await startDaemon(scope, {
        cwd,
        env: { XDG_STATE_HOME: state },
        config: { storage: { default: { backend: { type: "local", path } } }, log: { level: "info" } },
      });
      const { status } = await daemon.post("/evaluate/v1/boolean", EVALUATION);
      if (status !== 200) throw new Error(`the evaluation was answered with ${status}`);
      return { daemon, ms: performance.now() - startedAt };
    };
    const kept = async (): Promise<readonly string[]> =>
      (await readdir(state, { recursive: true })).filter((name) => name.endsWith(".parsed"));
    const [cold, warm]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      for (const name of await kept()) await rm(join(state, name));
      const first = await start();
      cold.push(first.ms);
      await eventually(kept, ({ length }) => length === files.size);
      await first.daemon.stop();
      const second = await start();
      warm.push(second.ms);
      await second.daemon.stop();
    }
    const ms = (times: readonly number[]): string => `${median(times).toFixed(0)} ms`;
    const measure = `second start to first answer, ${flags.toLocaleString("en")} flags`;
    rows.push(
      { measure, goal: `≤ ${goalMs} ms`, figure: ms(warm), reference: `${goalMs} ms`, ratio: median(warm) / goalMs },
      {
        measure,
        goal: "",
        figure: ms(warm),
        reference: `${ms(cold)} (with nothing kept)`,
        ratio: median(warm) / median(cold),
      },
    );
  }
  return rows;
}
