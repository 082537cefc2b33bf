import type { Repository } from "@vexil/git/repository-view";
import type { Oid, WorkTree } from "@vexil/plugin-api";
import type { CommitStyle } from "../commit-style.js";
import { keepCommit } from "../keep-commit.js";
import { headRef } from "../ref-names.js";
import type { KeptCommit } from "../step-context.js";

const TRIES = 10;

/**
 * Restores a commit that a user's git reset removed unknowingly, on top of what was made instead.
 * @returns the new commit, or the old one, which is kept because both changed the same file or it is being edited
 */
export async function restoreDiscarded(
  repository: Repository,
  workTree: WorkTree,
  commit: Oid,
  options: { readonly branch: string; readonly style: CommitStyle; readonly signal: AbortSignal },
): Promise<{ readonly redone: Oid } | { readonly kept: KeptCommit }> {
  const { branch, style, signal } = options;
  const { backend } = repository;
  const ref = headRef(branch);
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const head = await repository.head(ref);
    const made =
      head === undefined
        ? undefined
        : await repository.moveCommit(commit, head, style.instance, await style.seals.resealer());
    if (made === undefined) break;
    await backend.objects.write(made.objects, signal);
    const update = { ref, old: head, new: made.oid, reason: "cherry-pick: restore a commit removed by reset" };
    const applied = await workTree.apply(update, signal);
    if (applied.type === "applied") return { redone: made.oid };
    if (applied.type === "edited") break;
  }
  return { kept: { commit, ref: await keepCommit(backend, commit, `taken from ${branch}`), branch } };
}
