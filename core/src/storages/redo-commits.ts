import type { Oid } from "../contract/backend.js";
import type { CommitInfo, Repository } from "../git/repository-view.js";

const COMMITS_LOOKED_AT = 1_000;

/** The person's commits: those of `local` that `target` does not have, oldest first; undefined if that cannot be told. */
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
    // A merge is the person's own resolution: it is not taken apart.
    if (commit === undefined || commit.parents.length !== 1 || commits.length >= COMMITS_LOOKED_AT) return undefined;
    commits.unshift(commit);
    next = commit.parents[0];
  }
  return next === undefined ? undefined : commits;
}

/**
 * Makes the commits anew on top of `target`, author, dates and message kept; the objects are stored.
 * @returns the new tip; undefined if both sides changed the same files, or the commits are unknown
 */
export async function redoCommits(
  repository: Repository,
  commits: readonly CommitInfo[] | undefined,
  target: Oid,
  instance: string,
): Promise<Oid | undefined> {
  if (commits === undefined || commits.length === 0) return undefined;
  let tip = target;
  for (const { oid } of commits) {
    const made = await repository.moveCommit(oid, tip, instance);
    if (made === undefined) return undefined;
    await repository.backend.objects.write(made.objects);
    tip = made.oid;
  }
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
