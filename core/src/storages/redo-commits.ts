import type { GitObject, Oid } from "../contract/backend.js";
import type { CommitInfo, Repository, TreeFile } from "../git/repository-view.js";

const COMMITS_LOOKED_AT = 1_000;
const EVERYTHING = (): boolean => true;

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
 * Makes the commits anew on top of `target`, author, date and message kept; the objects are stored.
 * @returns the new tip; undefined if both sides changed the same files, or the commits are unknown
 */
export async function redoCommits(
  repository: Repository,
  commits: readonly CommitInfo[] | undefined,
  target: Oid,
  instance: string,
): Promise<Oid | undefined> {
  const base = commits?.[0]?.parents[0];
  if (commits === undefined || base === undefined) return undefined;
  const ancestor = await files(repository, base);
  const theirs = changes(ancestor, await files(repository, target));
  let tip = target;
  let before = ancestor;
  for (const commit of commits) {
    const after = await files(repository, commit.oid);
    const mine = changes(before, after);
    if ([...mine.keys()].some((path) => theirs.has(path))) return undefined;
    const blobs = await repository.readBlobs([...mine.values()].filter((oid) => oid !== undefined));
    const again = async (parent: Oid): Promise<{ readonly oid: Oid; readonly objects: readonly GitObject[] }> =>
      repository.makeCommit({
        parents: [parent],
        baseTree: (await repository.readCommit(parent))?.tree,
        changes: new Map([...mine].map(([path, oid]) => [path, oid === undefined ? undefined : blobs.get(oid)])),
        author: { name: commit.author.name, email: commit.author.email },
        message: commit.message,
        timestampMs: commit.author.timestampMs,
        instance,
      });
    // What is no plain file (a mode, a symbolic link, a submodule) cannot be redone here: then the tree comes out different.
    const check = await again(commit.parents[0] ?? base);
    if (treeOf(check.objects.at(-1)) !== commit.tree) return undefined;
    const made = await again(tip);
    await repository.backend.objects.write(made.objects);
    tip = made.oid;
    before = after;
  }
  return tip;
}

function treeOf(commit: GitObject | undefined): Oid | undefined {
  return commit === undefined ? undefined : /^tree ([0-9a-f]{40})/.exec(new TextDecoder().decode(commit.bytes))?.[1];
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

async function files(repository: Repository, commit: Oid): Promise<ReadonlyMap<string, TreeFile>> {
  return repository.listFiles(commit, "", EVERYTHING);
}

function changes(
  before: ReadonlyMap<string, TreeFile>,
  after: ReadonlyMap<string, TreeFile>,
): ReadonlyMap<string, Oid | undefined> {
  const changed = new Map<string, Oid | undefined>();
  for (const [path, file] of after) if (before.get(path)?.oid !== file.oid) changed.set(path, file.oid);
  for (const path of before.keys()) if (!after.has(path)) changed.set(path, undefined);
  return changed;
}
