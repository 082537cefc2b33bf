import { VexilError } from "@vexil/plugin-api/errors";
import type { HistoryChange, HistoryCommit, HistoryPage, HistoryQuery } from "../../model/engine.js";
import type { GitStorage } from "../git-storage.js";
import type { ServedBranch } from "../state/branch-set.js";
import { FirstParents } from "../state/first-parents.js";
import { actorOfCommit } from "../write/authorship.js";
import { CommitLine } from "./commit-line.js";
import { changesAt } from "./history-changes.js";
import { PastNamespaces } from "./past-namespaces.js";

const COMMITS_LOOKED_AT = 2_000;
/** A page that takes longer ends where it is: the next one goes on there. */
const PAGE_MS = 20_000;

/**
 * The commits that changed what is served of an environment, a namespace or one item, newest first.
 * @param pageMs time for one page
 */
export async function readHistory(
  query: HistoryQuery,
  storage: GitStorage,
  signal: AbortSignal,
  pageMs = PAGE_MS,
): Promise<HistoryPage> {
  const read = (): Promise<HistoryPage> => readPage(query, storage, signal, performance.now() + pageMs);
  try {
    return await read().catch((error: unknown) => {
      if (!VexilError.is(error) || error.code !== "VEXIL_UNAVAILABLE_CORRUPT") throw error;
      // A poll has pruned what was being read: this time it is found missing, and fetched.
      return read();
    });
  } catch (error) {
    if (!signal.aborted || VexilError.is(error)) throw error;
    throw new VexilError(
      "VEXIL_UNAVAILABLE_STORAGE",
      `the history of environment "${query.environment}" could not be read in time; try again soon`,
      { cause: error },
    );
  }
}

async function readPage(
  query: HistoryQuery,
  storage: GitStorage,
  signal: AbortSignal,
  until: number,
): Promise<HistoryPage> {
  const found = storage.branches.ofEnvironment(query.environment);
  const head = found?.branch.known.head;
  if (found === undefined || head === undefined) {
    throw new VexilError("VEXIL_NOT_FOUND", `environment: "${query.environment}" not found`);
  }
  const line = new CommitLine(storage, found.info.key, signal);
  const start = query.pageToken ?? head;
  // What other branches hold is nobody's business here, and answered as what does not exist.
  const isOnBranch =
    start === head || (await firstParents(found.branch).has(head, start, (oid) => line.read(oid), signal));
  if (!isOnBranch) throw new VexilError("VEXIL_NOT_FOUND", `pageToken "${start}" not found`);
  const first = await line.read(start);
  if (first === undefined) return { commits: [], nextPageToken: "" };
  line.startAt(first);
  const past = new PastNamespaces(line, found.info, storage, signal, until);
  const commits: HistoryCommit[] = [];
  for (let index = 0; ; index += 1) {
    const commit = await line.at(index);
    if (typeof commit === "string") return { commits, nextPageToken: "" };
    const isLate = index > 0 && performance.now() > until;
    if (commits.length >= query.limit || index >= COMMITS_LOOKED_AT || isLate) {
      return { commits, nextPageToken: commit.oid };
    }
    const { changes: all, isCut } = await changesAt(index, line, past);
    // With all of a page's time there may be more to tell; one that takes even longer is told as far as it is known.
    if (isCut && index > 0) return { commits, nextPageToken: commit.oid };
    const changes = all.filter((change) => concerns(change, query));
    if (changes.length === 0 && !isCut) continue;
    commits.push({
      revision: commit.oid,
      parent: commit.parents[0],
      message: commit.message,
      authorName: commit.author.name,
      authorEmail: commit.author.email,
      actor: await actorOfCommit(commit, storage.seals),
      timestampMs: commit.author.timestampMs,
      changes,
    });
  }
}

const lines = new WeakMap<ServedBranch, FirstParents>();

function firstParents(branch: ServedBranch): FirstParents {
  const line = lines.get(branch) ?? new FirstParents();
  lines.set(branch, line);
  return line;
}

function concerns(change: HistoryChange, query: HistoryQuery): boolean {
  if (query.namespace !== undefined && change.namespace !== query.namespace) return false;
  return query.resource === undefined || (change.type === query.resource.type && change.key === query.resource.key);
}
