import type { Repository } from "@vexil/git/repository-view";
import type { Oid, RefName, RefUpdate, WorkTree } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { CommitStyle } from "../commit-style.js";
import { headRef } from "../ref-names.js";
import { commitsSince, commitsSinceRebased, type RebasedCommits, rebaseCommits } from "../write/rebase-commits.js";

/** Outcome of a pull: the state of a user's clone relative to its remote. */
export type PullOutcome =
  | { readonly type: "level" }
  | { readonly type: "moved" }
  /** The user's commits, or rebased ones, are ahead: they have to be pushed. */
  | { readonly type: "ahead"; readonly tip: Oid; readonly base: Oid };

/**
 * Brings the branch of a user's clone to the remote's head, as `git pull` would: forward where nothing is in the
 * way; a user's commits stay, rebased on top where both sides moved and the files differ.
 * @throws VexilError VEXIL_CONFLICT_UNCOMMITTED when uncommitted edits are in the way, VEXIL_REMOTE_DIVERGED when both
 * sides changed the same files; nothing moves then
 */
export async function pullClone(
  repository: Repository,
  workTree: WorkTree,
  options: {
    readonly branch: string;
    readonly target: Oid;
    readonly previous: Oid | undefined;
    readonly style: CommitStyle;
    /** Commits that tries with the same target have made so far; this one adds to them. */
    readonly rebased: RebasedCommits;
    readonly signal: AbortSignal;
  },
): Promise<PullOutcome> {
  const { branch, target, previous, style, rebased, signal } = options;
  const ref = headRef(branch);
  const local = (await repository.backend.refs.list(ref)).get(ref);
  if (local === target) return { type: "level" };
  const move = (next: Oid, reason: string): Promise<void> =>
    moveBranch(workTree, { ref, old: local, new: next, reason }, signal);

  const since = local === undefined ? undefined : await commitsSinceRebased(repository, local, rebased);
  if (local !== undefined && since !== undefined) {
    if (since.commits.some(({ oid }) => oid === target)) return { type: "ahead", tip: local, base: target };
    const tip =
      since.commits.length === 0
        ? since.base
        : await rebaseCommits(repository, since.commits, since.base, { style, rebased });
    if (tip === undefined) throw diverged(branch, local, target);
    await move(tip, "pull: redo on top of remote");
    return tip === target ? { type: "moved" } : { type: "ahead", tip, base: target };
  }
  if (local === undefined || local === previous || (await repository.isAncestor(local, target)) === true) {
    await move(target, "pull: fast-forward");
    return { type: "moved" };
  }
  if ((await repository.isAncestor(target, local)) === true) return { type: "ahead", tip: local, base: target };
  // The remote was rewritten, and nothing here but what it once had.
  if (previous !== undefined && (await repository.isAncestor(local, previous)) === true) {
    await move(target, "pull: follow rewritten remote");
    return { type: "moved" };
  }
  const tip = await rebaseCommits(repository, await commitsSince(repository, local, target, previous), target, {
    style,
    rebased,
  });
  if (tip === undefined) throw diverged(branch, local, target);
  await move(tip, "pull: redo on top of remote");
  return { type: "ahead", tip, base: target };
}

async function moveBranch(
  workTree: WorkTree,
  update: RefUpdate & { readonly ref: RefName },
  signal: AbortSignal,
): Promise<void> {
  const applied = await workTree.apply(update, signal);
  if (applied.type === "moved") throw moved(update.ref);
  if (applied.type === "edited") {
    throw new VexilError(
      "VEXIL_CONFLICT_UNCOMMITTED",
      `uncommitted edits are in the way of the remote's commit ${update.new}: ${applied.paths.join(", ")}. Commit or undo them, then it goes on by itself`,
      { details: { step: "ref", files: applied.paths } },
    );
  }
}

function diverged(branch: string, local: Oid, target: Oid): VexilError {
  return new VexilError(
    "VEXIL_REMOTE_DIVERGED",
    `commit ${local} here and commit ${target} on the remote changed the same files; nothing was overwritten. Merge or rebase ${branch} in the clone, then it goes on by itself`,
    { details: { step: "ref", local, remote: target } },
  );
}

function moved(ref: RefName): VexilError {
  return new VexilError("VEXIL_CONFLICT_HEAD_MOVED", `${ref} moved at the same moment; the next poll tries again`, {
    details: { step: "ref" },
  });
}
