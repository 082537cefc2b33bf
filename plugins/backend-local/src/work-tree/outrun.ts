import type { BranchMove } from "./branch-move.js";
import type { WorkTreeParts } from "./work-tree-parts.js";

/**
 * Whether a person's command that had begun before an update undid it unknowingly. `git reset` (and with it `git stash`)
 * looks up HEAD, waits for the index, and then sets the branch to what HEAD was, whatever it is by then. Its log says
 * that it meant to stay where it was.
 */
export function isOutrun(
  { refs, reflog, commonDirectory }: Pick<WorkTreeParts, "refs" | "reflog" | "commonDirectory">,
  { ref, old, new: next }: BranchMove,
): boolean {
  if (refs.read(ref) === next) return false;
  for (const entry of reflog.recent(commonDirectory, ref)) {
    if (entry.old === next) return entry.new === old && entry.reason === "reset: moving to HEAD";
    if (entry.new === next) return false;
  }
  return false;
}
