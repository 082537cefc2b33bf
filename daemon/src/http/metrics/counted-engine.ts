import { type Engine, type SnapshotReader, VexilError } from "@vexil/core";
import { series, type Tally } from "../reads/tally.js";

/** Writes that have not been answered yet. */
export interface WriteQueue {
  readonly length: number;
}

/** Counts what requests ask of the engine: management reads as views, writes as updates (`http-api.md` §8). */
export function countedEngine(
  engine: Engine,
  snapshots: SnapshotReader,
  tally: Tally,
): { readonly engine: Engine; readonly queue: WriteQueue } {
  const queue = { length: 0 };
  const labelsOf = (environment: string): readonly [string, string] => {
    const info = snapshots.get(environment)?.info;
    return [info?.remote ?? "", info?.branch ?? ""];
  };
  const counted = async <T>(name: "view" | "update", environment: string, run: () => Promise<T>): Promise<T> => {
    const labels = labelsOf(environment);
    const started = performance.now();
    tally.count(series(`git_${name}s`, ...labels));
    try {
      return await run();
    } catch (error) {
      tally.count(series(`git_${name}_errors`, ...labels));
      if (VexilError.is(error) && error.kind === "conflict") tally.count("write_conflicts");
      throw error;
    } finally {
      tally.observe(series(`git_${name}_latency`, ...labels), performance.now() - started);
    }
  };
  const update = async <T>(environment: string, run: () => Promise<T>): Promise<T> => {
    queue.length += 1;
    try {
      return await counted("update", environment, run);
    } finally {
      queue.length -= 1;
    }
  };
  return {
    queue,
    engine: {
      write: (request) => update(request.environment, () => engine.write(request)),
      createBranch: (request) => update(request.base, () => engine.createBranch(request)),
      deleteBranch: (request) => update(request.base, () => engine.deleteBranch(request)),
      files: (environment) => counted("view", environment, () => engine.files(environment)),
      history: (query) => counted("view", query.environment, () => engine.history(query)),
      sync: (storage) => engine.sync(storage),
    },
  };
}
