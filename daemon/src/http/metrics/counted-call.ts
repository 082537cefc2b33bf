import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { VexilError } from "@vexil/plugin-api/errors";
import { series, type Tally } from "../reads/tally.js";

export interface CallCounts {
  readonly snapshots: SnapshotReader;
  readonly tally: Tally;
}

/**
 * Runs a management read (a view) or a write (an update), and counts it with its time and whether it failed.
 * @param environment whose remote and branch are the labels; undefined: it is about no one of them
 */
export async function countedCall<T>(
  { snapshots, tally }: CallCounts,
  name: "view" | "update",
  environment: string | undefined,
  run: () => T | Promise<T>,
): Promise<T> {
  const info = environment === undefined ? undefined : snapshots.get(environment)?.info;
  const labels = [info?.remote ?? "", info?.branch ?? ""] as const;
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
}
