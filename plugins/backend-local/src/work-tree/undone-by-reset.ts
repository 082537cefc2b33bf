import type { BranchMove } from "./branch-move.js";
import type { WorkTreeParts } from "./work-tree-parts.js";

/**
 * Updates that a user's command, begun before them, undid unknowingly. `git reset` (and with it `git
 * stash`) looks up HEAD, waits for the index, and then sets the branch to what HEAD was, whatever it is by then. Its log
 * says that it meant to stay where it was.
 * @param updates of one branch, each made on top of the one before
 * @returns the last ones of them, oldest first; none where the branch did not move, or was meant to
 */
export function undoneUpdates(
  { refs, reflog, commonDirectory }: Pick<WorkTreeParts, "refs" | "reflog" | "commonDirectory">,
  updates: readonly BranchMove[],
): readonly BranchMove[] {
  const last = updates.at(-1);
  if (last === undefined || refs.read(last.ref) === last.new) return [];
  for (const entry of reflog.recent(commonDirectory, last.ref)) {
    if (entry.old === last.new) {
      const first = updates.findIndex(({ old }) => old === entry.new);
      return entry.reason === "reset: moving to HEAD" && first >= 0 ? updates.slice(first) : [];
    }
    if (entry.new === last.new) return [];
  }
  return [];
}
