import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import { endOfHurry } from "@vexil/flags/compile/patience";
import type { Remote } from "@vexil/git/remote/remote";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import type { BranchRequest } from "../../model/engine.js";
import type { SyncEvent } from "../../model/events.js";
import type { GitStorage } from "../git-storage.js";
import { environmentBranch, headRef, trackingRef } from "../ref-names.js";
import type { StepContext } from "../step-context.js";
import { AnswerDeadline } from "../write/answer-deadline.js";
import { pushBranch } from "../write/push-commits.js";
import { NO_EDITS } from "./environment-files.js";
import type { SnapshotStore } from "./snapshot-store.js";

/** The lane of the storage, as branches need it. */
export interface BranchHost {
  readonly inLane: <T>(step: (context: StepContext) => Promise<T>) => Promise<T>;
  tell(event: SyncEvent): void;
}

/** A request that has waited for a reload to open its storage. */
export interface WaitedRequest extends BranchRequest {
  readonly waitedMs: number;
}

/** Makes `flipt/<base>/<key>` at the base's head, on the remote first, and serves it as an environment of its own. */
export async function createBranch(
  request: WaitedRequest,
  storage: GitStorage,
  snapshots: SnapshotStore,
  host: BranchHost,
  clock: Clock,
  signal: AbortSignal,
): Promise<EnvironmentInfo> {
  const { branches, repository, remote } = storage;
  if (snapshots.isTaken(request.key)) {
    throw new VexilError("VEXIL_EXISTS", `environment: "${request.key}"`);
  }
  const head = branches.ofEnvironment(request.base)?.branch.known.head;
  if (head === undefined) throw new VexilError("VEXIL_NOT_FOUND", `environment: "${request.base}" not found`);
  branches.requireRoom(request.base);
  const name = environmentBranch(request.base, request.key);
  const ref = headRef(name);
  if (remote !== undefined) {
    const deadline = new AnswerDeadline(clock, signal, storage.config.timeouts, request.waitedMs);
    const base = branches.ofEnvironment(request.base)?.branch.name ?? "";
    const objects = (await storage.writes.aheadOf(base, head))?.objects ?? [];
    const push = { ref, old: undefined, new: head, objects };
    const outcome = await pushBranch(remote, push, async () => false, deadline).finally(() => deadline.end());
    if (outcome.type === "moved") throw new VexilError("VEXIL_EXISTS", `environment: "${request.key}"`);
    if (outcome.type !== "accepted") throw outcome.error;
  }
  await host.inLane(async (context) => {
    const existing = (await repository.backend.refs.list(ref)).get(ref);
    const created =
      existing === head ||
      (await repository.backend.refs.compareAndSwap([
        { ref, old: undefined, new: head, reason: `branch: created from ${request.base}` },
        ...(remote === undefined ? [] : await trackingUpdate(storage, name, head)),
      ]));
    if (!created) throw new VexilError("VEXIL_EXISTS", `environment: "${request.key}"`);
    const step = stepOf(request, context);
    tell(await storage.state.rebuilder.reconcile(step), request, host);
    const branch = branches.get(name);
    const state = { head, edits: NO_EDITS, own: true };
    if (branch === undefined) return;
    // Whoever made it waits; what is not read by then is read ahead of the next rebuild.
    const hurried = { ...step, hurriedUntil: endOfHurry() };
    tell(await storage.state.publisher.publish(branch, state, hurried), request, host);
  });
  const info = branches.ofEnvironment(request.key)?.info;
  if (info === undefined) throw new VexilError("VEXIL_EXISTS", `environment: "${request.key}"`);
  return info;
}

/** Deletes `flipt/<base>/<key>` on the remote and here. An unknown branch is no error. */
export async function deleteBranch(
  request: WaitedRequest,
  storage: GitStorage,
  host: BranchHost,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { branches, repository, remote } = storage;
  const name = environmentBranch(request.base, request.key);
  const branch = branches.get(name);
  if (branch === undefined) return;
  if (remote !== undefined) {
    const deadline = new AnswerDeadline(clock, signal, storage.config.timeouts, request.waitedMs);
    await deleteOnRemote(remote, name, deadline).finally(() => deadline.end());
  }
  await host.inLane(async (context) => {
    const { refs } = repository.backend;
    for (const ref of [headRef(name), trackingRef(name)]) {
      const oid = (await refs.list(ref)).get(ref);
      if (oid !== undefined) await refs.compareAndSwap([{ ref, old: oid, new: undefined, reason: "branch deleted" }]);
    }
    tell(await storage.state.rebuilder.reconcile(stepOf(request, context)), request, host);
  });
}

/** The step that a request asks for. */
function stepOf({ correlationId, requestId }: BranchRequest, context: StepContext): StepContext {
  return correlationId === undefined
    ? context
    : { ...context, correlationId, ...(requestId !== undefined && { requestId }) };
}

/** Tells what came of a request; what becomes of its own branch is its caller's doing. */
function tell(events: readonly SyncEvent[], { base, key, actor }: BranchRequest, host: BranchHost): void {
  const ref = trackingRef(environmentBranch(base, key));
  for (const event of events) {
    const isOwn = (event.type === "branch.appeared" || event.type === "branch.vanished") && event.ref === ref;
    host.tell(isOwn && actor !== undefined ? { ...event, actor: actor.id } : event);
  }
}

async function deleteOnRemote(remote: Remote, name: string, deadline: AnswerDeadline): Promise<void> {
  const ref = headRef(name);
  const stands = (await remote.listRefs([ref], deadline.push)).refs.get(ref);
  if (stands === undefined) return;
  const push = { ref, old: stands, new: undefined, objects: [] };
  const outcome = await pushBranch(remote, push, async () => false, deadline);
  if (outcome.type === "moved") {
    throw new VexilError("VEXIL_CONFLICT_HEAD_MOVED", `the branch "${name}" moved; try again`);
  }
  if (outcome.type !== "accepted") throw outcome.error;
}

async function trackingUpdate(storage: GitStorage, name: string, head: string) {
  const ref = trackingRef(name);
  const old = (await storage.repository.backend.refs.list(ref)).get(ref);
  return old === head ? [] : [{ ref, old, new: head, reason: "push" }];
}
