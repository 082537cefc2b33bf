import type { Oid } from "./git-object.js";
import type { RefName, RefUpdate } from "./stores.js";

/**
 * State of a work tree, compared with the commit of its checked-out branch.
 * @example { head: { branch: "refs/heads/main", commit }, edits: new Map([["default/features.yaml", bytes]]) }
 */
export interface WorkTreeScan {
  readonly head: { readonly branch?: RefName; readonly commit?: Oid };
  /** Why the work tree cannot be written now (a merge under way, HEAD detached, …). */
  readonly blocked?: { readonly code: string; readonly reason: string };
  /** Paths (as in git, `/` between parts) whose content differs from HEAD's; undefined: deleted. */
  readonly edits: ReadonlyMap<string, Uint8Array | undefined>;
  /**
   * Commits that `apply` has made and that are in no branch any more, because a user's command that had begun before
   * set the branch back unknowingly. Each is told once.
   */
  readonly discarded?: readonly Oid[];
}

/**
 * Outcome of an update of a work tree.
 * @example { type: "edited", paths: ["default/features.yaml"] }
 */
export type WorkTreeApplied =
  | { readonly type: "applied" }
  /** The ref was no longer at `update.old`. Nothing changed. */
  | { readonly type: "moved" }
  /** Files that the update changes have uncommitted edits (or an untracked file is in the way). Nothing changed. */
  | { readonly type: "edited"; readonly paths: readonly string[] };

/**
 * A directory in which users edit files. Only `apply` moves the checked-out branch. Few backends have one: what is no
 * directory of a user leaves it out.
 * @example workTree: { scan: (wanted, signal) => look(wanted, signal), apply: (update, signal) => checkOut(update, signal) }
 */
export interface WorkTree {
  /** @param wanted which paths matter; others need not be read */
  scan(wanted: (path: string) => boolean, signal: AbortSignal): Promise<WorkTreeScan>;
  apply(update: RefUpdate, signal: AbortSignal): Promise<WorkTreeApplied>;
}
