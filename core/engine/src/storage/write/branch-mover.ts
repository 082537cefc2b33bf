import type { Oid, RefUpdate } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import { headRef, trackingRef } from "../ref-names.js";
import type { PreparedGroup } from "./prepared-writes.js";
import { type RebaseTools, rebaseGroup } from "./rebase-group.js";

/** Time for which a move is retried on top of a user who commits without a pause. */
const RETRY_FOR_MS = 5_000;

/** Moves a storage's branches to what writes have made. */
export class BranchMover {
  readonly #tools: RebaseTools;
  readonly #clock: Clock;
  readonly #hasRemote: boolean;

  constructor(tools: RebaseTools, clock: Clock, hasRemote: boolean) {
    this.#tools = tools;
    this.#clock = clock;
    this.#hasRemote = hasRemote;
  }

  /**
   * Moves the local branch to the group's last commit, after the remote's yes or, without a remote, as the commit
   * itself. Without a remote the group goes on top of what a user commits in that very moment.
   * @returns the group as it lies on the branch now; undefined if the branch was no longer where the group began: nothing
   * moved then
   */
  async move(group: PreparedGroup, signal: AbortSignal): Promise<PreparedGroup | undefined> {
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
   * As {@link move}, after the remote has taken the commits: the remote-tracking ref says so, unless a poll was faster.
   * @param isPlaced tells if the branch has them where it could not be moved
   */
  async follow(
    group: PreparedGroup,
    signal: AbortSignal,
    isPlaced: () => Promise<boolean>,
  ): Promise<PreparedGroup | undefined> {
    if (!this.#hasRemote) return this.move(group, signal);
    const { refs, workTree } = this.#tools.repository.backend;
    const ref = trackingRef(group.branch.name);
    const update = { ref, old: group.ahead?.base ?? group.base, new: tipOf(group), reason: "push" };
    const tracked = refs.compareAndSwap([update]);
    // On a shared backend others look at both refs, so one comes after the other. A clone is this daemon's alone.
    if (workTree === undefined) await tracked;
    const place = async (): Promise<PreparedGroup | undefined> =>
      (await this.move(group, signal)) ?? ((await isPlaced()) ? group : undefined);
    const [placed, tracking] = await Promise.allSettled([place(), tracked]);
    if (placed.status === "rejected") throw placed.reason;
    if (tracking.status === "rejected") throw tracking.reason;
    return placed.value;
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
