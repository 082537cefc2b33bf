import { endOfHurry } from "@vexil/flags/compile/patience";
import type { Oid, RefUpdate } from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import type { SyncEvent } from "../../model/events.js";
import type { CloneFollower } from "../fetch/clone-follower.js";
import { headRef, trackingRef } from "../ref-names.js";
import type { BranchPublisher } from "../state/branch-publisher.js";
import type { WorkTreeState } from "../state/work-tree-state.js";
import type { StepContext } from "../step-context.js";
import type { StorageEvents } from "../storage-events.js";
import type { OwnCommits } from "./own-commits.js";
import type { FinishedGroup, PreparedGroup } from "./prepared-writes.js";
import { type RebaseTools, rebaseGroup, tablesOn } from "./rebase-group.js";

/** Time for which a move is retried on top of a user who commits without a pause. */
const RETRY_FOR_MS = 5_000;

/** Moves a branch to prepared commits and serves them. */
export class WriteFinish {
  readonly #tools: RebaseTools;
  readonly #clock: Clock;
  readonly #hasRemote: boolean;
  readonly #publisher: BranchPublisher;
  readonly #workTree: WorkTreeState;
  readonly #ownCommits: OwnCommits;
  readonly #events: StorageEvents;
  readonly #clone: CloneFollower | undefined;

  /** @param clone where there is a user's, and a remote */
  constructor(
    tools: RebaseTools,
    clock: Clock,
    hasRemote: boolean,
    publisher: BranchPublisher,
    workTree: WorkTreeState,
    ownCommits: OwnCommits,
    events: StorageEvents,
    clone: CloneFollower | undefined,
  ) {
    this.#tools = tools;
    this.#clock = clock;
    this.#hasRemote = hasRemote;
    this.#publisher = publisher;
    this.#workTree = workTree;
    this.#ownCommits = ownCommits;
    this.#events = events;
    this.#clone = clone;
  }

  /** `done: false`: the branch had moved; nothing changed. */
  async finish(prepared: PreparedGroup, context: StepContext): Promise<FinishedGroup> {
    const tip = prepared.commits.at(-1)?.oid;
    if (tip === undefined) return { done: true, group: prepared, events: [] };
    const isPlaced = (): Promise<boolean> => this.#isPlaced(prepared, tip, context);
    const group = await this.#follow(prepared, context.signal, isPlaced);
    if (group === undefined) return { done: false, group: prepared, events: [] };
    this.#ownCommits.add(...group.commits.map(({ oid }) => oid));
    try {
      return { done: true, group, events: await this.#serve(group, prepared, context) };
    } catch (error) {
      // The branch has moved, so the write stands; that it is not served yet is for the next rebuild to mend.
      const failed = this.#events.of(context, { type: "rebuild.failed", error: toVexilError(error) });
      return { done: true, group, events: [failed] };
    }
  }

  /**
   * Moves the local branch to the group's last commit, after the remote's yes or, without a remote, as the commit
   * itself. Without a remote the group goes on top of what a user commits in that very moment.
   * @returns the group as it lies on the branch now; undefined if the branch was no longer where the group began: nothing
   * moved then
   */
  async #move(group: PreparedGroup, signal: AbortSignal): Promise<PreparedGroup | undefined> {
    const { repository } = this.#tools;
    const { refs, workTree } = repository.backend;
    if (workTree === undefined) return (await refs.compareAndSwap([updateOf(group)])) ? group : undefined;
    const until = this.#clock.elapsed() + RETRY_FOR_MS;
    for (let current = group; ; ) {
      const update = updateOf(current);
      const applied = await workTree.apply(update, signal);
      if (applied.type === "edited") throw uncommitted(applied.paths, current.base);
      if (applied.type === "applied") return current;
      if (this.#hasRemote || this.#clock.elapsed() > until) return undefined;
      const head = await repository.head(update.ref);
      const next = head === undefined ? undefined : await rebaseGroup(this.#tools, current, head);
      if (next === undefined) return undefined;
      current = next;
    }
  }

  /**
   * As `#move`, after the remote has taken the commits: the remote-tracking ref says so, unless a poll was faster.
   * @param isPlaced tells if the branch has them where it could not be moved
   */
  async #follow(
    group: PreparedGroup,
    signal: AbortSignal,
    isPlaced: () => Promise<boolean>,
  ): Promise<PreparedGroup | undefined> {
    if (!this.#hasRemote) return this.#move(group, signal);
    const { refs, workTree } = this.#tools.repository.backend;
    const ref = trackingRef(group.branch.name);
    const update = { ref, old: group.ahead?.base ?? group.base, new: tipOf(group), reason: "push" };
    const tracked = refs.compareAndSwap([update]);
    // On a shared backend others look at both refs, so one comes after the other. A clone is this daemon's alone.
    if (workTree === undefined) await tracked;
    const place = async (): Promise<PreparedGroup | undefined> =>
      (await this.#move(group, signal)) ?? ((await isPlaced()) ? group : undefined);
    const [placed, tracking] = await Promise.allSettled([place(), tracked]);
    if (placed.status === "rejected") throw placed.reason;
    if (tracking.status === "rejected") throw tracking.reason;
    return placed.value;
  }

  /** Tells if the branch has the pushed commit: a poll was faster, or a user's commits could be put on top of it. */
  async #isPlaced({ branch, base }: PreparedGroup, tip: Oid, context: StepContext): Promise<boolean> {
    if ((await this.#tools.repository.head(headRef(branch.name))) === tip) return true;
    return (await this.#clone?.rebaseOnto(branch.name, base, tip, context)) ?? false;
  }

  /** Serves a group that has landed; before it, what a user has committed below it, which is nobody's here. */
  async #serve(group: PreparedGroup, prepared: PreparedGroup, context: StepContext): Promise<readonly SyncEvent[]> {
    const { branch, commits, base } = group;
    const edits = this.#workTree.servedEdits(branch);
    const before = branch.known.files;
    const changed = new Set(commits.flatMap(({ subject }) => subject));
    const step = { ...context, hurriedUntil: endOfHurry() };
    const below =
      base === prepared.base
        ? []
        : await this.#publisher.publish(branch, { head: base, edits, own: false, changed }, step);
    if (branch.known.head === base) {
      // The last one is noted once it is served.
      const tables = tablesOn(branch.known.files, before, group).slice(0, -1);
      for (const [index, files] of tables.entries()) {
        const commit = commits[index];
        if (commit !== undefined) branch.known.record(commit.oid, files, true, this.#clock.elapsed());
      }
    }
    const state = { head: tipOf(group), edits, own: true, changed, ahead: group.states };
    return [...below, ...(await this.#publisher.publish(branch, state, step))];
  }
}

const tipOf = ({ commits, base }: PreparedGroup): Oid => commits.at(-1)?.oid ?? base;

function updateOf(group: PreparedGroup): RefUpdate {
  const summary = group.commits.at(-1)?.summary ?? "write";
  return { ref: headRef(group.branch.name), old: group.base, new: tipOf(group), reason: `commit: ${summary}` };
}

function uncommitted(paths: readonly string[], base: Oid): VexilError {
  return new VexilError(
    "VEXIL_CONFLICT_UNCOMMITTED",
    `${paths.join(", ")} has uncommitted edits in the work tree (known commit ${base}); commit or undo them, then try again`,
    { details: { files: paths, known: base } },
  );
}
