import { applyChange } from "@vexil/flags/edit/apply-change";
import type { AppliedChange } from "@vexil/flags/edit/change";
import { commitMessage, describeChange } from "@vexil/flags/edit/commit-message";
import { subjectOf } from "@vexil/flags/edit/subject-of";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import type { ServedBranch } from "../state/branch-set.js";
import { withEdits } from "../state/environment-files.js";
import { EnvironmentView } from "../state/environment-view.js";
import { attributedMessage, authorOf } from "./authorship.js";
import { type ConflictQuestion, checkRevision, checkUnchanged } from "./conflict-rule.js";
import {
  environmentState,
  type GroupState,
  type OpenEnvironment,
  type PrepareContext,
  statesAhead,
  storeCommits,
} from "./group-state.js";
import type { Decided, PendingWrite, PreparedCommit, PreparedGroup } from "./prepared-writes.js";
import { readDoubtful } from "./read-doubtful.js";

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
  const base = branch.known.head;
  const commit = base === undefined ? undefined : await context.tools.repository.readCommit(base);
  if (base === undefined || commit === undefined) {
    throw new VexilError(
      "VEXIL_UNAVAILABLE_STORAGE",
      `storage ${context.tools.config.id} has no state yet; try again soon`,
    );
  }
  const { tree } = commit;
  const state: GroupState = {
    branch,
    base,
    head: base,
    tree,
    files: branch.known.files,
    environments: new Map(),
    unstored: [],
  };
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
  const { request } = write;
  // It reads the past, to which commits of this group may belong.
  if (request.change.type === "rollback") await storeCommits(state, context);
  const environment = await readDoubtful(
    request.change,
    await environmentState(request.environment, state, context),
    state,
    context,
  );
  const { reader, builder } = context.tools;
  const { signal, reach, hurriedUntil } = context;
  const view = new EnvironmentView({ state: environment, reader, builder, signal, reach });
  // Whether a namespace that is put is there is said before anything about revisions; of all else it is the other way round.
  if (request.change.type !== "put-namespace")
    await checkConflicts(write, subjectOf(request.change, view), state, context);
  const applied = await applyChange(request.change, view, builder.changed(environment, signal, hurriedUntil));
  await checkConflicts(write, applied.subject, state, context);
  if (applied.files.size === 0 && request.change.type === "rollback") {
    return undefined;
  }
  return commitChange(write, applied, environment, state, context);
}

async function checkConflicts(
  write: PendingWrite,
  subject: readonly string[],
  state: GroupState,
  context: PrepareContext,
): Promise<void> {
  const { known } = state.branch;
  const question: ConflictQuestion = {
    subject,
    arrived: write.request.revision === undefined ? write.arrived : undefined,
    head: state.head,
    files: state.files,
    edits: context.edits,
  };
  if (write.request.revision !== undefined) {
    await checkRevision(question, write.request.revision, async (revision, path) => {
      const remembered = known.fileAt(revision, path);
      if (remembered !== undefined) return remembered;
      if ((await context.reach(revision)) === undefined) return undefined;
      const listed = await context.tools.repository.listFiles(revision, "", (candidate) => candidate === path);
      return { oid: listed.get(path)?.oid };
    });
  }
  checkUnchanged(question, known);
}

async function commitChange(
  write: PendingWrite,
  applied: AppliedChange,
  { info, files, snapshot, served }: OpenEnvironment,
  state: GroupState,
  context: PrepareContext,
): Promise<PreparedCommit> {
  const { repository, config, builder, style, clock } = context.tools;
  const after = withEdits(files.current, applied.files, (path) => isWantedPath(info.directory, path));
  const parent = state.head;
  for (const [path, bytes] of applied.files) {
    if (bytes !== undefined && !state.files.has(path)) await checkPlace(repository, state.tree, path);
  }
  // Unique for each write: two daemons, or one that tries again, never make the same commit id by chance.
  const words = `${style.instance} ${write.request.id}`;
  const signature = { name: config.signature.name, email: config.signature.email };
  const message = commitMessage(builder.commitTemplate(info.key) ?? style.template, {
    environment: info,
    changes: [applied.summary],
  });
  const made = await repository.makeCommit({
    parents: [parent],
    baseTree: state.tree,
    changes: applied.files,
    author: authorOf(write.request.actor, signature),
    committer: signature,
    message: attributedMessage(message, write.request),
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
    summary: describeChange(applied.summary),
  };
}

/** Flags take the place of nothing else that the repository holds: policies, documents. */
async function checkPlace(repository: Repository, tree: Oid, path: string): Promise<void> {
  const obstacle = await repository.obstacle(tree, path);
  if (obstacle === undefined) return;
  throw new VexilError(
    "VEXIL_EXISTS",
    `${path} cannot be made: ${obstacle} is in its place in the repository; rename one of the two`,
  );
}
