import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { FeaturesDocument } from "@vexil/flags/read/document";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import type { CommitInfo } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { HistoryChange, HistoryCommit, HistoryPage, HistoryQuery } from "../model/engine.js";
import type { GitStorage } from "./git-storage.js";
import type { ServedBranch } from "./state/branch-set.js";
import { FirstParents } from "./state/first-parents.js";
import { changedPaths, type FileTable } from "./state/known-heads.js";

const COMMITS_LOOKED_AT = 2_000;
const DEEPEN_BY = [64, 512, 2_000];

/** The commits that changed an environment, a namespace or one item, newest first (`http-api.md` §12). */
export async function readHistory(query: HistoryQuery, storage: GitStorage, signal: AbortSignal): Promise<HistoryPage> {
  const found = storage.parts.branches.ofEnvironment(query.environment);
  const head = found?.branch.known.head;
  if (found === undefined || head === undefined) {
    throw new VexilError("VEXIL_NOT_FOUND", `environment: "${query.environment}" not found`);
  }
  const walk = new HistoryWalk(storage, found.info, signal);
  const start = query.pageToken ?? head;
  // What other branches hold is nobody's business here, and answered as what does not exist.
  if (!(await isOnBranch(found.branch, head, start, walk, signal))) {
    throw new VexilError("VEXIL_NOT_FOUND", `pageToken "${start}" not found`);
  }
  const commits: HistoryCommit[] = [];
  let next: Oid | undefined = start;
  for (let looked = 0; next !== undefined && looked < COMMITS_LOOKED_AT; looked += 1) {
    const commit = await walk.commit(next);
    if (commit === undefined) break;
    if (commits.length >= query.limit) return { commits, nextPageToken: next };
    const parent: CommitInfo | undefined =
      commit.parents[0] === undefined ? undefined : await walk.commit(commit.parents[0]);
    // Where the stored past ends, what a commit changed cannot be told apart from what was there before.
    const beginning = commit.parents.length > 0 && parent === undefined;
    const changes = beginning ? [] : (await walk.changes(parent, commit)).filter((change) => concerns(change, query));
    if (changes.length > 0) {
      commits.push({
        revision: commit.oid,
        message: commit.message,
        authorName: commit.author.name,
        authorEmail: commit.author.email,
        timestampMs: commit.author.timestampMs,
        changes,
      });
    }
    next = parent?.oid;
  }
  return { commits, nextPageToken: "" };
}

const lines = new WeakMap<ServedBranch, FirstParents>();

async function isOnBranch(
  branch: ServedBranch,
  head: Oid,
  commit: Oid,
  walk: HistoryWalk,
  signal: AbortSignal,
): Promise<boolean> {
  if (commit === head) return true;
  const line = lines.get(branch) ?? new FirstParents();
  lines.set(branch, line);
  return line.has(head, commit, (oid) => walk.commit(oid), signal);
}

function concerns(change: HistoryChange, query: HistoryQuery): boolean {
  if (query.namespace !== undefined && change.namespace !== query.namespace) return false;
  return query.resource === undefined || (change.type === query.resource.type && change.key === query.resource.key);
}

class HistoryWalk {
  readonly #storage: GitStorage;
  readonly #info: EnvironmentInfo;
  readonly #signal: AbortSignal;
  readonly #depths = [...DEEPEN_BY];
  readonly #parsed = new Map<Oid, readonly FeaturesDocument[]>();

  constructor(storage: GitStorage, info: EnvironmentInfo, signal: AbortSignal) {
    this.#storage = storage;
    this.#info = info;
    this.#signal = signal;
  }

  /** A commit; history is deepened from the remote where it is not stored yet. */
  async commit(oid: Oid): Promise<CommitInfo | undefined> {
    const { sync } = this.#storage;
    const { repository, branches } = this.#storage.parts;
    for (;;) {
      const commit = await repository.readPastCommit(oid);
      const head = branches.ofEnvironment(this.#info.key)?.branch.known.head;
      if (commit !== undefined || sync === undefined || head === undefined) return commit;
      const depth = this.#depths.shift();
      if (depth === undefined) return undefined;
      await sync.deepen(head, depth, this.#signal);
    }
  }

  async changes(before: CommitInfo | undefined, after: CommitInfo): Promise<readonly HistoryChange[]> {
    const then = before === undefined ? new Map<string, Oid>() : await this.#files(before.oid);
    const now = await this.#files(after.oid);
    const paths = [...changedPaths(then, now).keys()].sort();
    const old = await this.#items(paths, then);
    const current = await this.#items(paths, now);
    const changes: HistoryChange[] = [];
    for (const [id, item] of old) {
      const successor = current.get(id);
      if (successor === undefined) changes.push({ ...item.of, before: item.value, after: undefined });
      else if (JSON.stringify(successor.value) !== JSON.stringify(item.value)) {
        changes.push({ ...item.of, before: item.value, after: successor.value });
      }
    }
    for (const [id, item] of current) {
      if (!old.has(id)) changes.push({ ...item.of, before: undefined, after: item.value });
    }
    return changes;
  }

  async #files(commit: Oid): Promise<FileTable> {
    const { directory } = this.#info;
    const listed = await this.#storage.parts.repository.listFiles(commit, directory, (path) =>
      isWantedPath(directory, path),
    );
    return new Map([...listed.values()].map((file) => [file.path, file.oid]));
  }

  async #items(paths: readonly string[], files: FileTable): Promise<ReadonlyMap<string, Item>> {
    const items = new Map<string, Item>();
    for (const path of paths) {
      const oid = files.get(path);
      if (oid === undefined || /flipt\.ya?ml$/.test(path)) continue;
      for (const document of await this.#documents(path, oid)) {
        const { key: namespace, form: _form, ...header } = document.namespace;
        put(items, { namespace, type: "namespace", key: namespace }, { key: namespace, ...header });
        for (const flag of document.flags) put(items, { namespace, type: "flag", key: flag.key }, flag);
        for (const segment of document.segments) put(items, { namespace, type: "segment", key: segment.key }, segment);
      }
    }
    return items;
  }

  async #documents(path: string, oid: Oid): Promise<readonly FeaturesDocument[]> {
    const known = this.#parsed.get(oid);
    if (known !== undefined) return known;
    const bytes = (await this.#storage.parts.repository.readBlobs([oid])).get(oid);
    const documents =
      bytes === undefined ? [] : (await this.#storage.parts.publisher.parsePast(path, oid, bytes)).documents;
    this.#parsed.set(oid, documents);
    return documents;
  }
}

interface Item {
  readonly of: Pick<HistoryChange, "namespace" | "type" | "key">;
  readonly value: unknown;
}

function put(items: Map<string, Item>, of: Item["of"], value: unknown): void {
  items.set(`${of.type} ${of.namespace}/${of.key}`, { of, value });
}
