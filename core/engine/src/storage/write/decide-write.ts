import { applyChange } from "@vexil/flags/edit/apply-change";
import type { AppliedChange } from "@vexil/flags/edit/change";
import { commitMessage } from "@vexil/flags/edit/commit-message";
import { subjectOf } from "@vexil/flags/edit/subject-of";
import type { Identity, Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { EnvironmentView } from "../state/environment-view.js";
import { attributedMessage, authorOf } from "./authorship.js";
import { type ConflictQuestion, checkRevision, checkUnchanged } from "./conflict-rule.js";
import { environmentState, type GroupState, type OpenEnvironment, type PrepareContext } from "./group-state.js";
import type { PendingWrite } from "./prepared-writes.js";
import { readDoubtful } from "./read-doubtful.js";

/** Content of a write's commit: all checks are passed, and nothing is stored. */
export interface DecidedWrite {
  readonly applied: AppliedChange;
  /** The environment that it is applied to. */
  readonly environment: OpenEnvironment;
  readonly author: Identity;
  readonly message: string;
}

/**
 * Applies a write to the state of its group.
 * @returns undefined when there is nothing to change, and so no commit to make
 * @throws VexilError that refuses it: conflict, validation, what it is about is not found
 */
export async function decideWrite(
  write: PendingWrite,
  state: GroupState,
  context: PrepareContext,
): Promise<DecidedWrite | undefined> {
  const { request } = write;
  const environment = await readDoubtful(
    request.change,
    await environmentState(request.environment, state, context),
    state,
    context,
  );
  const { reader, builder, config, style, repository } = context.tools;
  const { signal, reach, hurriedUntil } = context;
  const view = new EnvironmentView({ state: environment, reader, builder, signal, reach });
  // Whether a namespace that is put is there is said before anything about revisions; of all else it is the other way round.
  if (request.change.type !== "put-namespace")
    await checkConflicts(write, subjectOf(request.change, view), state, context);
  const applied = await applyChange(request.change, view, builder.changed(environment, signal, hurriedUntil));
  await checkConflicts(write, applied.subject, state, context);
  const { type } = request.change;
  if (applied.files.size === 0 && (type === "rollback" || type === "several")) return undefined;
  for (const [path, bytes] of applied.files) {
    if (bytes !== undefined && !state.files.has(path)) await checkPlace(repository, state.tree, path);
  }
  const { info } = environment;
  const template = builder.commitTemplate(info.key) ?? style.template;
  const message = request.message ?? commitMessage(template, { environment: info, changes: applied.summaries });
  return {
    applied,
    environment,
    author: authorOf(request.actor, config.signature),
    message: attributedMessage(message, request),
  };
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
    const listed = new Map<Oid, Promise<ReadonlyMap<string, { readonly oid: Oid }>>>();
    await checkRevision(question, write.request.revision, async (revision, path) => {
      const remembered = known.fileAt(revision, path);
      if (remembered !== undefined) return remembered;
      if (!listed.has(revision)) {
        if ((await context.reach(revision)) === undefined) return undefined;
        const wanted = new Set(subject);
        listed.set(
          revision,
          context.tools.repository.listFiles(revision, "", (candidate) => wanted.has(candidate)),
        );
      }
      return { oid: (await listed.get(revision))?.get(path)?.oid };
    });
  }
  checkUnchanged(question, known);
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
