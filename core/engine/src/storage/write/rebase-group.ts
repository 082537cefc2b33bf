import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import type { CommitStyle } from "../commit-style.js";
import { changedPaths, type FileTable } from "../state/known-heads.js";
import type { PreparedCommit, PreparedGroup } from "./prepared-writes.js";

/** Things that {@link rebaseGroup} works with. */
export interface RebaseTools {
  readonly repository: Repository;
  readonly isWanted: (path: string) => boolean;
  readonly style: CommitStyle;
}

/**
 * Puts prepared commits on top of what a user has committed meanwhile to other files than the writes were decided on:
 * the same state comes of it as if the user had been a moment later. The objects are stored.
 * @returns undefined where one of those files changed, or the commits are signed
 */
export async function rebaseGroup(
  { repository, isWanted, style }: RebaseTools,
  group: PreparedGroup,
  head: Oid,
): Promise<PreparedGroup | undefined> {
  if (style.sign !== undefined) return undefined;
  const theirs = await repository.changedFiles(group.base, head, "", isWanted);
  if (theirs === undefined || group.commits.some(({ subject }) => subject.some((path) => theirs.has(path)))) {
    return undefined;
  }
  const commits: PreparedCommit[] = [];
  let parent = head;
  const reseal = await style.seals.resealer();
  for (const commit of group.commits) {
    const instance = `${style.instance} ${commit.write.request.id}`;
    const made = await repository.moveCommit(commit.oid, parent, instance, reseal);
    if (made === undefined) return undefined;
    await repository.backend.objects.write(made.objects);
    commits.push({ ...commit, oid: made.oid, objects: made.objects });
    parent = made.oid;
  }
  return { ...group, base: head, commits, states: new Map() };
}

/** A group's tables of files, each commit's changes laid on those of the head that it lies on now. */
export function tablesOn(base: FileTable, before: FileTable, group: PreparedGroup): readonly FileTable[] {
  const tables: FileTable[] = [];
  let table = base;
  let last = before;
  for (const { files } of group.commits) {
    const next = new Map(table);
    for (const path of changedPaths(last, files).keys()) {
      const oid = files.get(path);
      if (oid === undefined) next.delete(path);
      else next.set(path, oid);
    }
    tables.push(next);
    [table, last] = [next, files];
  }
  return tables;
}
