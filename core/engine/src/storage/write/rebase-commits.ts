import type { CommitInfo, Repository } from "@vexil/git/repository-view";
import type { GitObject, Oid } from "@vexil/plugin-api";
import type { CommitStyle } from "../commit-style.js";

const COMMITS_LOOKED_AT = 1_000;
/** Objects of a user's commits that are stored together. */
const STORED_AT_ONCE = 100;

/** The user's commits: those of `local` that `target` does not have, oldest first; undefined if that cannot be told. */
export async function commitsSince(
  repository: Repository,
  local: Oid,
  target: Oid,
  previous: Oid | undefined,
): Promise<readonly CommitInfo[] | undefined> {
  const theirs = await ancestors(repository, [target, ...(previous === undefined ? [] : [previous])]);
  const commits: CommitInfo[] = [];
  let next: Oid | undefined = local;
  while (next !== undefined && !theirs.has(next)) {
    const commit: CommitInfo | undefined = await repository.readCommit(next);
    // A merge is the user's own resolution: it is not taken apart.
    if (commit === undefined || commit.parents.length !== 1 || commits.length >= COMMITS_LOOKED_AT) return undefined;
    commits.unshift(commit);
    next = commit.parents[0];
  }
  return next === undefined ? undefined : commits;
}

/**
 * Commits on top of one target: commit → the one that stands for it there. Where both sides parted, if
 * it is known, the target itself.
 */
export type RebasedCommits = Map<Oid, Oid>;

/**
 * The commits of `local` since one that is known on top of a target, oldest first, without a look at the rest of the
 * history.
 * @returns undefined where none is found, or the user merged
 */
export async function commitsSinceRebased(
  repository: Repository,
  local: Oid,
  rebased: RebasedCommits,
): Promise<{ readonly base: Oid; readonly commits: readonly CommitInfo[] } | undefined> {
  if (rebased.size === 0) return undefined;
  const commits: CommitInfo[] = [];
  for (let next: Oid | undefined = local; next !== undefined && commits.length < COMMITS_LOOKED_AT; ) {
    const base = rebased.get(next);
    if (base !== undefined) return { base, commits };
    const commit = await repository.readCommit(next);
    if (commit?.parents.length !== 1) return undefined;
    commits.unshift(commit);
    next = commit.parents[0];
  }
  return undefined;
}

/**
 * Rebases the commits onto `target`, author, dates and message kept; the objects are stored.
 * @param options `rebased`: those of an earlier try; what is made is added. A user who goes on committing is overtaken
 * only if no try begins from the start
 * @returns the new tip; undefined if both sides changed the same files, or the commits are unknown
 */
export async function rebaseCommits(
  repository: Repository,
  commits: readonly CommitInfo[] | undefined,
  target: Oid,
  options: { readonly style: CommitStyle; readonly rebased: RebasedCommits },
): Promise<Oid | undefined> {
  if (commits === undefined || commits.length === 0) return undefined;
  const { style, rebased } = options;
  const made = new Map(rebased);
  // One call stores the objects of many commits: a disk syncs several files as fast as one.
  let unstored: readonly GitObject[] = [];
  const store = async (): Promise<void> => {
    if (unstored.length > 0) await repository.backend.objects.write(unstored);
    unstored = [];
  };
  const reseal = await style.seals.resealer();
  let tip = target;
  for (const { oid } of commits) {
    let next = made.get(oid);
    if (next === undefined) {
      if (unstored.length >= STORED_AT_ONCE) await store();
      const parent = tip;
      const move = (): ReturnType<Repository["moveCommit"]> =>
        repository.moveCommit(oid, parent, style.instance, reseal);
      const moved = await move().catch(async (error: unknown) => {
        // A large tree that is not stored yet may have left the cache.
        if (unstored.length === 0) throw error;
        await store();
        return move();
      });
      if (moved === undefined) return undefined;
      unstored = [...unstored, ...moved.objects];
      next = moved.oid;
      made.set(oid, next);
    }
    tip = next;
  }
  await store();
  for (const [oid, next] of made) rebased.set(oid, next);
  return tip;
}

async function ancestors(repository: Repository, tips: readonly Oid[]): Promise<ReadonlySet<Oid>> {
  const seen = new Set<Oid>();
  const queue = [...tips];
  for (let oid = queue.shift(); oid !== undefined && seen.size < COMMITS_LOOKED_AT * 10; oid = queue.shift()) {
    if (seen.has(oid)) continue;
    seen.add(oid);
    queue.push(...((await repository.readCommit(oid))?.parents ?? []));
  }
  return seen;
}
