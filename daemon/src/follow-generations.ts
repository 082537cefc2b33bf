import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";

/** Tells when an environment has come or gone. */
export function followGenerations(
  snapshots: Pick<SnapshotReader, "generation" | "changes$">,
  changed: () => void,
): void {
  let { generation } = snapshots;
  snapshots.changes$.subscribe(() => {
    if (generation === snapshots.generation) return;
    generation = snapshots.generation;
    changed();
  });
}
