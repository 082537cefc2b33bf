import type { CommitInfo } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { NamedRevision } from "../../model/past.js";
import type { EnvironmentHistory } from "./environment-history.js";
import type { ReachableCommits } from "./reachable-commits.js";
import { peel, readNamedRef } from "./ref-commits.js";
import type { RemoteTags } from "./remote-tags.js";
import { parseRevision, type RevisionStep, shownRevision } from "./revision-expression.js";
import type { ServedJournal } from "./served-journal.js";
import type { ServedState } from "./served-times.js";

/** Candidates that an error names. */
const CANDIDATES = 5;
/** Clocks of callers may be ahead by so much. */
const AHEAD_MS = 60_000;

/** Past in which a revision is looked for. */
export interface ResolvedPast {
  readonly environment: string;
  /** Short name of the environment's branch: it stands for what is served of it. */
  readonly branch: string;
  readonly history: EnvironmentHistory;
  readonly reachable: ReachableCommits;
  readonly tags: RemoteTags | undefined;
  readonly journal: Pick<ServedJournal, "at"> | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Finds the commit that an expression names. What the environment's branch does not reach is answered as what does not
 * exist: other branches are nobody's business here.
 * @throws VexilError VEXIL_NOT_FOUND; VEXIL_VALIDATION_REQUEST for what is ambiguous, or no revision
 */
export async function resolveRevision(
  expression: string,
  past: ResolvedPast,
  signal: AbortSignal,
): Promise<NamedRevision> {
  const { base, steps } = parseRevision(expression);
  if (base.type === "time") {
    const served = await servedAtTime(base.timeMs, past, signal);
    if (served !== undefined) {
      const { revision, from, daemon } = served;
      const at = { kind: "served", time: new Date(from).toISOString(), daemon } as const;
      return { revision: await follow(revision, steps, expression, past), at };
    }
    const commit = await commitAtTime(base.timeMs, past);
    const revision = await follow(commit.oid, steps, expression, past);
    const time = new Date(commit.committer.timestampMs).toISOString();
    return { revision, at: { kind: "commit-time", time } };
  }
  const begin = base.type === "head" ? past.history.head : await named(base.name, expression, past, signal);
  return { revision: await follow(begin, steps, expression, past), at: { kind: "revision" } };
}

async function named(name: string, expression: string, past: ResolvedPast, signal: AbortSignal): Promise<Oid> {
  const { history, branch } = past;
  const hex = /^[0-9a-f]{4,40}$/i.test(name) ? name.toLowerCase() : undefined;
  if (hex?.length === 40) return reached(hex, expression, past, signal);
  if (name === branch || name === `heads/${branch}` || name === `refs/heads/${branch}`) return history.head;
  const { backend } = history.repository;
  const ref = await readNamedRef(backend, name);
  if (ref !== undefined) {
    const commit = await peel(ref.oid, async (oid) => (await backend.objects.read([oid], signal)).get(oid));
    if (commit === undefined) throw unknown(expression, past);
    return reached(commit, expression, past, signal);
  }
  const byId = hex === undefined ? undefined : await byPrefix(hex, expression, past, signal);
  if (byId !== undefined) return byId;
  const tagged = await taggedOnRemote(name, expression, past, signal);
  if (tagged === undefined) throw unknown(expression, past);
  return reached(tagged, expression, past, signal);
}

/** @returns undefined when there is none */
async function byPrefix(
  prefix: string,
  expression: string,
  { reachable, history }: ResolvedPast,
  signal: AbortSignal,
): Promise<Oid | undefined> {
  const { commits } = await reachable.fitting(prefix, history, signal);
  if (commits.length < 2) return commits[0];
  const some = commits.slice(0, CANDIDATES).map((oid) => oid.slice(0, Math.max(12, prefix.length + 4)));
  throw new VexilError(
    "VEXIL_VALIDATION_REQUEST",
    `revision ${shownRevision(expression)} is ambiguous (${some.join(", ")}); give more digits`,
    { details: { candidates: commits.slice(0, CANDIDATES) } },
  );
}

async function taggedOnRemote(
  name: string,
  expression: string,
  { tags, reachable, history }: ResolvedPast,
  signal: AbortSignal,
): Promise<Oid | undefined> {
  if (tags === undefined) return undefined;
  const isCommit = async (oid: Oid): Promise<boolean> => (await reachable.has(oid, history, signal)) === true;
  try {
    return await tags.find(name, isCommit, signal);
  } catch (error) {
    if (!VexilError.is(error)) throw error;
    throw new VexilError(
      "VEXIL_UNAVAILABLE_REMOTE",
      `nothing here is called ${shownRevision(expression)}, and the remote cannot be asked for its tags: ${error.message}`,
      { cause: error },
    );
  }
}

async function reached(oid: Oid, expression: string, past: ResolvedPast, signal: AbortSignal): Promise<Oid> {
  const { reachable, history } = past;
  const isThere = history.isOpen ? history.stored(oid).then(Boolean) : reachable.has(oid, history, signal);
  if ((await isThere) !== true) throw unknown(expression, past);
  return oid;
}

async function follow(
  oid: Oid,
  steps: readonly RevisionStep[],
  expression: string,
  { history, environment }: ResolvedPast,
): Promise<Oid> {
  let at = oid;
  const step = async (parent: number): Promise<void> => {
    const commit = await history.commit(at);
    const next = commit?.parents[parent - 1];
    if (next !== undefined) {
      at = next;
      return;
    }
    const reason =
      commit === undefined
        ? `the history of environment "${environment}" is known down to ${at.slice(0, 12)} only`
        : `commit ${at.slice(0, 12)} has no ${parent === 1 ? "" : `${parent}. `}parent`;
    throw new VexilError("VEXIL_NOT_FOUND", `revision ${shownRevision(expression)} not found: ${reason}`);
  };
  for (const each of steps) {
    if (each.type === "back") for (let count = 0; count < each.count; count += 1) await step(1);
    else if (each.number > 0) await step(each.number);
  }
  return at;
}

/** The state that a daemon noted; not one that the branch has lost since: what it held is nobody's business any more. */
async function servedAtTime(
  timeMs: number,
  { journal, environment, reachable, history, now }: ResolvedPast,
  signal: AbortSignal,
): Promise<ServedState | undefined> {
  if (timeMs > now) return undefined;
  const served = await journal?.at(environment, timeMs);
  if (served === undefined) return undefined;
  return (await reachable.has(served.revision, history, signal)) === true ? served : undefined;
}

/** The commit that the branch was at, by the dates of its own commits (first parents). */
async function commitAtTime(timeMs: number, { history, branch, now }: ResolvedPast): Promise<CommitInfo> {
  const time = new Date(timeMs).toISOString();
  if (timeMs > now + AHEAD_MS) throw new VexilError("VEXIL_NOT_FOUND", `there is no state at ${time} yet`);
  let oldest: CommitInfo | undefined;
  for (let oid: Oid | undefined = history.head; oid !== undefined; ) {
    const commit: CommitInfo | undefined = await history.commit(oid);
    if (commit === undefined) break;
    if (commit.committer.timestampMs <= timeMs) return commit;
    oldest = commit;
    oid = commit.parents[0];
  }
  const since = oldest === undefined ? "" : ` ${new Date(oldest.committer.timestampMs).toISOString()}`;
  const isRoot = oldest !== undefined && oldest.parents.length === 0;
  const reason = isRoot
    ? `branch "${branch}" begins at${since}`
    : `the history of branch "${branch}" is known since${since} only`;
  throw new VexilError("VEXIL_NOT_FOUND", `there is no state at ${time}: ${reason}`);
}

function unknown(expression: string, { environment }: ResolvedPast): VexilError {
  return new VexilError(
    "VEXIL_NOT_FOUND",
    `revision ${shownRevision(expression)} not found in the history of environment "${environment}"`,
  );
}
