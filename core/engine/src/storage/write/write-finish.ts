import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import type { SyncEvent } from "../../model/events.js";
import type { CloneFollower } from "../fetch/clone-follower.js";
import { headRef } from "../ref-names.js";
import type { BranchPublisher } from "../state/branch-publisher.js";
import type { WorkTreeState } from "../state/work-tree-state.js";
import type { StepContext } from "../storage.js";
import type { StorageEvents } from "../storage-events.js";
import type { BranchMover } from "./branch-mover.js";
import type { OwnCommits } from "./own-commits.js";
import type { FinishedGroup, PreparedGroup } from "./prepared-writes.js";
import { tablesOn } from "./rebase-group.js";

/** Moves a branch to prepared commits and serves them. */
export class WriteFinish {
  readonly #repository: Repository;
  readonly #clock: Clock;
  readonly #mover: BranchMover;
  readonly #publisher: BranchPublisher;
  readonly #workTree: WorkTreeState;
  readonly #ownCommits: OwnCommits;
  readonly #events: StorageEvents;
  readonly #clone: CloneFollower | undefined;

  /** @param clone where there is a user's, and a remote */
  constructor(
    repository: Repository,
    clock: Clock,
    mover: BranchMover,
    publisher: BranchPublisher,
    workTree: WorkTreeState,
    ownCommits: OwnCommits,
    events: StorageEvents,
    clone: CloneFollower | undefined,
  ) {
    this.#repository = repository;
    this.#clock = clock;
    this.#mover = mover;
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
    const group = await this.#mover.follow(prepared, context.signal, isPlaced);
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

  /** Tells if the branch has the pushed commit: a poll was faster, or a user's commits could be put on top of it. */
  async #isPlaced({ branch, base }: PreparedGroup, tip: Oid, context: StepContext): Promise<boolean> {
    if ((await this.#repository.head(headRef(branch.name))) === tip) return true;
    return (await this.#clone?.rebaseOnto(branch.name, base, tip, context)) ?? false;
  }

  /** Serves a group that has landed; before it, what a user has committed below it, which is nobody's here. */
  async #serve(group: PreparedGroup, prepared: PreparedGroup, context: StepContext): Promise<readonly SyncEvent[]> {
    const { branch, commits, base } = group;
    const edits = this.#workTree.servedEdits(branch);
    const before = branch.known.files;
    const below = base === prepared.base ? [] : await this.#publisher.publish(branch, base, edits, false, context);
    if (branch.known.head === base) {
      // The last one is noted once it is served.
      const tables = tablesOn(branch.known.files, before, group).slice(0, -1);
      for (const [index, files] of tables.entries()) {
        const commit = commits[index];
        if (commit !== undefined) branch.known.record(commit.oid, files, true, this.#clock.elapsed());
      }
    }
    const tip = commits.at(-1)?.oid ?? base;
    return [...below, ...(await this.#publisher.publish(branch, tip, edits, true, context))];
  }
}
