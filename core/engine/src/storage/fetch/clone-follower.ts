import type { StorageConfig } from "@vexil/config/config";
import type { Remote } from "@vexil/git/remote/remote";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid, WorkTree } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import type { CommitStyle } from "../commit-style.js";
import { headRef, trackingRef } from "../ref-names.js";
import type { WorkTreeState } from "../state/work-tree-state.js";
import type { Download, StepContext } from "../step-context.js";
import { AnswerDeadline } from "../write/answer-deadline.js";
import type { Ahead } from "../write/prepared-writes.js";
import { pushBranch } from "../write/push-commits.js";
import type { RebasedCommits } from "../write/rebase-commits.js";
import { objectsBetween } from "./objects-between.js";
import { pullClone } from "./pull-clone.js";

/** Time for which a pull is retried while a user commits without a pause. */
const RETRY_FOR_MS = 5_000;

/** A user's clone beside its remote: what is pulled into it, and the user's commits that go out. */
export class CloneFollower {
  readonly #remote: Remote;
  readonly #workTree: WorkTree;
  readonly #scans: WorkTreeState;
  readonly #config: StorageConfig;
  readonly #repository: Repository;
  readonly #style: CommitStyle;
  readonly #clock: Clock;
  /** A user's commits that the remote lacks. */
  #ahead: { readonly tip: Oid; readonly base: Oid } | undefined;

  constructor(
    remote: Remote,
    workTree: WorkTree,
    scans: WorkTreeState,
    config: StorageConfig,
    repository: Repository,
    style: CommitStyle,
    clock: Clock,
  ) {
    this.#remote = remote;
    this.#workTree = workTree;
    this.#scans = scans;
    this.#config = config;
    this.#repository = repository;
    this.#style = style;
    this.#clock = clock;
  }

  /** Brings the clone's branch to what was downloaded, as `git pull` would. */
  async pull(download: Download, context: StepContext): Promise<void> {
    const { branch } = this.#config;
    const target = download.heads.get(branch);
    const scan = await this.#scans.scan(context.signal);
    if (target === undefined || scan === undefined || scan.blocked !== undefined) return;
    await this.#place(target, download.previous.get(branch), new Map(), context);
  }

  /** Tells whether a user's commits are known that the remote lacks. */
  get isAhead(): boolean {
    return this.#ahead !== undefined;
  }

  /** Pushes a user's commits that the remote lacks. */
  async pushAhead(context: StepContext): Promise<void> {
    const ahead = this.#ahead;
    if (ahead === undefined) return;
    const [repository, config] = [this.#repository, this.#config];
    if ((await repository.head(trackingRef(config.branch))) !== ahead.base) {
      // A write has taken them along; what is on top of it the next look finds.
      this.#ahead = undefined;
      return;
    }
    const objects = await objectsBetween(repository, ahead.tip, ahead.base);
    const push = { ref: headRef(config.branch), old: ahead.base, new: ahead.tip, objects };
    const deadline = new AnswerDeadline(this.#clock, context.signal, config.timeouts);
    const outcome = await pushBranch(this.#remote, push, async () => false, deadline).finally(() => deadline.end());
    if (outcome.type === "refused" || outcome.type === "failed") throw outcome.error;
    if (this.#ahead === ahead) this.#ahead = undefined;
    if (outcome.type === "moved") return;
    const ref = trackingRef(config.branch);
    await repository.backend.refs.compareAndSwap([{ ref, old: ahead.base, new: ahead.tip, reason: "push" }]);
  }

  /** Finds a user's commits on a branch up to `base` that the remote lacks; undefined if none are known. */
  async aheadOf(branch: string, base: Oid): Promise<Ahead | undefined> {
    const repository = this.#repository;
    const tracked = await repository.head(trackingRef(branch));
    if (tracked === undefined || tracked === base) return undefined;
    if ((await repository.isAncestor(tracked, base)) !== true) return undefined;
    return { base: tracked, objects: await objectsBetween(repository, base, tracked) };
  }

  /**
   * Rebases what a user has committed here meanwhile onto a commit that was just pushed.
   * @param base what the two have in common
   * @returns false where the branch is another, or the two do not fit
   */
  async rebaseOnto(branch: string, base: Oid, commit: Oid, context: StepContext): Promise<boolean> {
    if (branch !== this.#config.branch) return false;
    try {
      return await this.#place(commit, undefined, new Map([[base, commit]]), context);
    } catch (error) {
      if (VexilError.is(error)) return false;
      throw error;
    }
  }

  /** @returns false where a user commits without a pause: the next poll tries again */
  async #place(
    target: Oid,
    previous: Oid | undefined,
    rebased: RebasedCommits,
    { signal }: StepContext,
  ): Promise<boolean> {
    const options = { branch: this.#config.branch, target, previous, style: this.#style, rebased, signal };
    for (const until = this.#clock.elapsed() + RETRY_FOR_MS; this.#clock.elapsed() < until; ) {
      try {
        const outcome = await pullClone(this.#repository, this.#workTree, options);
        this.#ahead = outcome.type === "ahead" ? { tip: outcome.tip, base: outcome.base } : undefined;
        return true;
      } catch (error) {
        // A user committed in between: what that changes is looked at anew.
        if (!VexilError.is(error) || error.code !== "VEXIL_CONFLICT_HEAD_MOVED") throw error;
      }
    }
    return false;
  }
}
