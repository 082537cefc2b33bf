import { describeChanges } from "@vexil/flags/edit/commit-message";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { ServedBranch } from "../state/branch-set.js";
import { withEdits } from "../state/environment-files.js";
import { type DecidedWrite, decideWrite } from "./decide-write.js";
import { type GroupState, openGroup, type PrepareContext, statesAhead, storeCommits } from "./group-state.js";
import type { Decided, PendingWrite, PreparedCommit, PreparedGroup } from "./prepared-writes.js";

/**
 * Applies writes to the branch's head, one commit each. A write that fails (conflict, validation) is refused alone;
 * the others go on without it. Objects are stored; no branch moves. What fails on top of other writes of the group may
 * fail because of them, and they have not landed yet: it is decided once they have.
 */
export async function prepareWrites(
  branch: ServedBranch,
  writes: readonly PendingWrite[],
  context: PrepareContext,
): Promise<PreparedGroup> {
  const state = await openGroup(branch, context);
  const { base } = state;
  const commits: PreparedCommit[] = [];
  const decided: Decided[] = [];
  const staleRevision: PendingWrite[] = [];
  const undecided: PendingWrite[] = [];
  for (const write of writes) {
    try {
      const made = await prepareOne(write, state, context);
      if (made !== undefined) commits.push(made);
      else if (commits.length > 0) undecided.push(write);
      else decided.push({ type: "unchanged", write, revision: base });
    } catch (thrown) {
      const error = toVexilError(thrown);
      const mayFit = error.code === "VEXIL_CONFLICT_REVISION" && context.tools.config.remote !== undefined;
      if (commits.length > 0) undecided.push(write);
      else if (mayFit && write.caughtUp === undefined) staleRevision.push(write);
      else decided.push({ type: "refused", write, error });
    }
  }
  await storeCommits(state, context);
  // What was tried on top of the last commit was built after it.
  const states = undecided.length === 0 ? statesAhead(state) : new Map();
  return { branch, base, commits, states, decided, staleRevision, undecided };
}

/** @returns undefined when there is nothing to change, and so no commit to make */
async function prepareOne(
  write: PendingWrite,
  state: GroupState,
  context: PrepareContext,
): Promise<PreparedCommit | undefined> {
  // It reads the past, to which commits of this group may belong.
  if (write.request.change.type === "rollback") await storeCommits(state, context);
  const decided = await decideWrite(write, state, context);
  return decided === undefined ? undefined : commitDecided(write, decided, state, context);
}

async function commitDecided(
  write: PendingWrite,
  { applied, environment: { info, files, snapshot, served }, author, message }: DecidedWrite,
  state: GroupState,
  context: PrepareContext,
): Promise<PreparedCommit> {
  const { repository, config, style, clock } = context.tools;
  const after = withEdits(files.current, applied.files, (path) => isWantedPath(info.directory, path));
  const parent = state.head;
  // Unique for each write: two daemons, or one that tries again, never make the same commit id by chance.
  const words = `${style.instance} ${write.request.id}`;
  const made = await repository.makeCommit({
    parents: [parent],
    baseTree: state.tree,
    changes: applied.files,
    author,
    committer: { name: config.signature.name, email: config.signature.email },
    message,
    timestampMs: clock.now(),
    instance: (tree) => context.marker?.(words, { branch: state.branch.name, tree, parent, base: state.base }) ?? words,
    // What is nobody's proves nothing.
    ...(write.request.actor === undefined ? {} : { seal: await style.seals.sealer(context.signal) }),
    ...(style.sign === undefined ? {} : { sign: style.sign }),
  });
  state.unstored = [...state.unstored, ...made.objects];
  const contents = new Map([...files.contents, ...after.contents]);
  const table = new Map(state.files);
  for (const path of applied.files.keys()) {
    const oid = after.current.get(path);
    if (oid === undefined) table.delete(path);
    else table.set(path, oid);
  }
  const landed = { ...(applied.build?.snapshot ?? snapshot), revision: made.oid };
  state.environments.clear();
  state.environments.set(info.key, {
    info,
    revision: made.oid,
    files: { ...after, contents },
    snapshot: landed,
    served,
    result: applied.build === undefined ? undefined : { ...applied.build, snapshot: landed },
  });
  state.head = made.oid;
  state.tree = made.tree;
  state.files = table;
  return {
    write,
    oid: made.oid,
    objects: made.objects,
    files: table,
    subject: [...new Set([...applied.subject, ...applied.files.keys(), ...applied.tested])],
    summary: describeChanges(applied.summaries),
  };
}
