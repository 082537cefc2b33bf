import type { HistoryChange, HistoryCommit, HistoryQuery } from "@vexil/engine/model/engine";
import type { PastHistory } from "@vexil/engine/model/past";
import { changedItems, type ItemChange, type NamespaceItem } from "@vexil/flags/compare/changed-items";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { isFeaturesPath, relativePath } from "@vexil/flags/read/feature-paths";
import type { CommitInfo } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { type ShownHistory, shownHistory } from "../http/management/shown-history.js";
import type { LocalSource } from "./local-source.js";

/** Question to a clone: the same as to a daemon. */
export type LocalHistoryQuery = Omit<HistoryQuery, "environment">;

const { signal } = new AbortController();

/**
 * The commits of a clone that changed what a daemon would serve of it, newest first: the branch's own (first parents).
 * @throws VexilError VEXIL_NOT_FOUND; VEXIL_UNAVAILABLE_REPOSITORY
 */
export async function localHistory(source: LocalSource, query: LocalHistoryQuery): Promise<ShownHistory> {
  const { environment, past } = source;
  const start = (await past.resolve(environment, query.pageToken ?? "HEAD", signal)).revision;
  const commits: HistoryCommit[] = [];
  let next = "";
  await past.read(environment, signal, async (history) => {
    for (let oid: Oid | undefined = start; oid !== undefined; ) {
      if (commits.length >= query.limit) {
        next = oid;
        return;
      }
      const commit = await history.commit(oid);
      const parent = commit?.parents[0];
      // Where a shallow clone ends, what a commit changed cannot be told apart from what was there before.
      if (commit === undefined || (parent !== undefined && (await history.commit(parent)) === undefined)) return;
      const changes = (await changesOf(source, history, commit)).filter((change) => concerns(change, query));
      if (changes.length > 0) commits.push(shownCommit(commit, changes));
      oid = parent;
    }
  });
  if (commits.length === 0 && query.pageToken === undefined) await requireTarget(source, query);
  return shownHistory(environment, query.namespace, { commits, nextPageToken: next });
}

async function changesOf(
  { environment, past }: LocalSource,
  { repository, info: { directory } }: PastHistory,
  { oid, parents }: CommitInfo,
): Promise<readonly HistoryChange[]> {
  const [parent] = parents;
  const isWanted = (path: string): boolean => isFeaturesPath(relativePath(directory, path) ?? "");
  if (parent !== undefined) {
    const changed = await repository.changedFiles(parent, oid, directory, isWanted);
    if (changed?.size === 0) return [];
  }
  const before = parent === undefined ? undefined : await past.snapshot(environment, parent, signal);
  const after = await past.snapshot(environment, oid, signal);
  const namespaces = new Set([...(before?.namespaces.keys() ?? []), ...after.namespaces.keys()]);
  return [...namespaces].flatMap((key) => changesIn(key, before, after));
}

function changesIn(key: string, before: Snapshot | undefined, after: Snapshot): readonly HistoryChange[] {
  const [old, current] = [before?.namespaces.get(key), after.namespaces.get(key)];
  if (old === current) return [];
  const work = changedItems(key, old, current);
  // A command has nobody else who wants a turn.
  for (;;) {
    const step = work.next();
    if (step.done) return step.value.map(asHistory);
  }
}

function asHistory(change: ItemChange): HistoryChange {
  if (change.type !== "namespace") return { ...change, before: change.before, after: change.after };
  return { ...change, before: header(change.before), after: header(change.after) };
}

/** A namespace as files have it: what is not written is left out. */
function header(item: NamespaceItem | undefined): Partial<NamespaceItem> | undefined {
  if (item === undefined) return undefined;
  const { key, name, description } = item;
  return { key, ...(name === key ? {} : { name }), ...(description === "" ? {} : { description }) };
}

function shownCommit(commit: CommitInfo, changes: readonly HistoryChange[]): HistoryCommit {
  const { oid, parents, message, author } = commit;
  return {
    revision: oid,
    parent: parents[0],
    message,
    authorName: author.name,
    authorEmail: author.email,
    // Whether the caller that a commit names is true, only the daemons know that have made it.
    actor: undefined,
    timestampMs: author.timestampMs,
    changes,
  };
}

function concerns(change: HistoryChange, { namespace, resource }: LocalHistoryQuery): boolean {
  if (namespace !== undefined && change.namespace !== namespace) return false;
  return resource === undefined || (change.type === resource.type && change.key === resource.key);
}

/** Nothing is known of how what is there came there, or there is no such thing. */
async function requireTarget(source: LocalSource, { namespace: key, resource }: LocalHistoryQuery): Promise<void> {
  if (key === undefined) return;
  const { environment, past } = source;
  const head = await past.resolve(environment, "HEAD", signal);
  const namespace = (await past.snapshot(environment, head.revision, signal)).namespaces.get(key);
  if (namespace === undefined) throw new VexilError("VEXIL_NOT_FOUND", `namespace "${key}" not found`);
  if (resource === undefined) return;
  const { flags, segments } = namespace.items;
  if ((resource.type === "flag" ? flags : segments).has(resource.key)) return;
  throw new VexilError("VEXIL_NOT_FOUND", `${resource.type} "${key}/${resource.key}" not found`);
}
