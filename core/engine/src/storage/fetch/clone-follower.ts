import type { StorageConfig } from "@vexil/config/config";
import type { Remote } from "@vexil/git/remote/remote";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid, WorkTree } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import type { CommitStyle } from "../commit-style.js";
import { headRef, trackingRef } from "../ref-names.js";
import type { WorkTreeState } from "../state/work-tree-state.js";
import type { Download, StepContext } from "../storage.js";
import { AnswerDeadline } from "../write/answer-deadline.js";
import type { Ahead } from "../write/prepared-writes.js";
import { pushBranch } from "../write/push-commits.js";
import type { RebasedCommits } from "../write/rebase-commits.js";
import { followAll, type KeptCommit } from "./follow-remote.js";
import { branchesOf, missingBranch } from "./missing-branch.js";
import { objectsBetween } from "./objects-between.js";
import { pullClone } from "./pull-clone.js";
import type { RemoteSync } from "./remote-sync.js";
import { authorship, makeSeedCommit } from "./seed-branch.js";

/** Time for which a pull is retried while a user commits without a pause. */
const RETRY_FOR_MS = 5_000;

/** A storage's side towards its remote: what comes from there, and a user's commits that go there. */
export class CloneFollower {
  readonly #remote: Remote;
  readonly #sync: RemoteSync;
  readonly #workTree: WorkTreeState;
  readonly #config: StorageConfig;
  readonly #repository: Repository;
  readonly #style: CommitStyle;
  readonly #clock: Clock;
  /** A user's commits that the remote lacks. */
  #ahead: { readonly tip: Oid; readonly base: Oid } | undefined;

  constructor(
    remote: Remote,
    sync: RemoteSync,
    config: StorageConfig,
    repository: Repository,
    workTree: WorkTreeState,
    style: CommitStyle,
    clock: Clock,
  ) {
    this.#remote = remote;
    this.#sync = sync;
    this.#config = config;
    this.#repository = repository;
    this.#workTree = workTree;
    this.#style = style;
    this.#clock = clock;
  }

  /** Stores what the remote has. One that has nothing at all is given the branch. */
  async download(context: StepContext): Promise<Download> {
    const config = this.#config;
    const found = await this.#sync.download(context.signal);
    if (found.heads.has(config.branch)) return found;
    const had = found.previous.has(config.branch);
    const { existing, empty } = await branchesOf(this.#remote, context.signal);
    // A name that is not there is a typing error more often than a wish, but for a remote that has nothing at all.
    if (had || !empty || config.readOnly) throw missingBranch({ storage: config, existing, had });
    const seeded = await this.#seed(context);
    return { ...(await this.#sync.download(context.signal)), seeded };
  }

  /** Moves the local branches to what was downloaded. Resolves to the commits that were set aside. */
  async follow(download: Download, context: StepContext): Promise<readonly KeptCommit[]> {
    const { branch } = this.#config;
    const names = new Set([...download.heads.keys(), ...download.previous.keys(), branch]);
    const { workTree } = this.#workTree;
    if (workTree !== undefined) {
      names.delete(branch);
      await this.#pullClone(workTree, download, context);
    }
    return followAll(this.#repository, names, download);
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
    if (this.#workTree.workTree === undefined) return undefined;
    const repository = this.#repository;
    const tracked = await repository.head(trackingRef(branch));
    if (tracked === undefined || tracked === base) return undefined;
    if ((await repository.isAncestor(tracked, base)) !== true) return undefined;
    return { base: tracked, objects: await objectsBetween(repository, base, tracked) };
  }

  /**
   * Rebases what a user has committed here meanwhile onto a commit that was just pushed.
   * @param base what the two have in common
   * @returns false where the branch is no user's, or the two do not fit
   */
  async rebaseOnto(branch: string, base: Oid, commit: Oid, context: StepContext): Promise<boolean> {
    const { workTree } = this.#workTree;
    if (workTree === undefined || branch !== this.#config.branch) return false;
    try {
      return await this.#place(workTree, commit, undefined, new Map([[base, commit]]), context);
    } catch (error) {
      if (VexilError.is(error)) return false;
      throw error;
    }
  }

  async #pullClone(workTree: WorkTree, download: Download, context: StepContext): Promise<void> {
    const { branch } = this.#config;
    const target = download.heads.get(branch);
    const scan = await this.#workTree.scan(context.signal);
    if (target === undefined || scan === undefined || scan.blocked !== undefined) return;
    await this.#place(workTree, target, download.previous.get(branch), new Map(), context);
  }

  /** @returns false where a user commits without a pause: the next poll tries again */
  async #place(
    workTree: WorkTree,
    target: Oid,
    previous: Oid | undefined,
    rebased: RebasedCommits,
    { signal }: StepContext,
  ): Promise<boolean> {
    const { instance } = this.#style;
    const options = { branch: this.#config.branch, target, previous, instance, rebased, signal };
    for (const until = this.#clock.elapsed() + RETRY_FOR_MS; this.#clock.elapsed() < until; ) {
      try {
        const outcome = await pullClone(this.#repository, workTree, options);
        this.#ahead = outcome.type === "ahead" ? { tip: outcome.tip, base: outcome.base } : undefined;
        return true;
      } catch (error) {
        // A user committed in between: what that changes is looked at anew.
        if (!VexilError.is(error) || error.code !== "VEXIL_CONFLICT_HEAD_MOVED") throw error;
      }
    }
    return false;
  }

  /** Gives an empty remote its first commits: those that are here already, else a README. */
  async #seed(context: StepContext): Promise<Oid> {
    const [repository, config] = [this.#repository, this.#config];
    const ref = headRef(config.branch);
    const local = await repository.head(ref);
    const seed =
      local === undefined
        ? await makeSeedCommit(repository, authorship({ config, clock: this.#clock, instance: this.#style.instance }))
        : { oid: local, objects: await objectsBetween(repository, local, undefined) };
    const result = await this.#remote.push(
      { updates: [{ ref, old: undefined, new: seed.oid }], objects: seed.objects },
      context.signal,
    );
    const report = result.refs.get(ref);
    if (report?.ok !== false) return seed.oid;
    throw new VexilError(
      "VEXIL_REFUSED_PUSH",
      `the remote is empty and refuses its first commit on "${config.branch}": ${report.reason} ${result.messages}`.trim(),
      { details: { step: "push" } },
    );
  }
}
