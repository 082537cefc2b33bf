import type { Oid } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import type { SyncEvent } from "../../model/events.js";
import type { StepContext } from "../storage.js";
import type { StorageEvents } from "../storage-events.js";
import type { BranchSet, ServedBranch } from "./branch-set.js";
import type { BuiltEnvironment, EnvironmentBuilder } from "./environment-builder.js";
import { type Edits, mergedTables } from "./environment-files.js";
import type { GoodCommits } from "./good-commits.js";
import type { SnapshotStore } from "./snapshot-store.js";
import type { StateNotices } from "./state-notices.js";

/** Serves branches, tells what came of it, and remembers the last commit that was good where one is not. */
export class BranchPublisher {
  readonly #clock: Clock;
  readonly #branches: BranchSet;
  readonly #builder: EnvironmentBuilder;
  readonly #snapshots: SnapshotStore;
  readonly #good: GoodCommits;
  readonly #notices: StateNotices;
  readonly #events: StorageEvents;

  constructor(
    clock: Clock,
    branches: BranchSet,
    builder: EnvironmentBuilder,
    snapshots: SnapshotStore,
    good: GoodCommits,
    notices: StateNotices,
    events: StorageEvents,
  ) {
    this.#clock = clock;
    this.#branches = branches;
    this.#builder = builder;
    this.#snapshots = snapshots;
    this.#good = good;
    this.#notices = notices;
    this.#events = events;
  }

  /** Builds and serves all environments of a branch as a commit, with edits on top, has them. */
  async publish(
    branch: ServedBranch,
    head: Oid,
    edits: Edits,
    own: boolean,
    context: StepContext,
  ): Promise<readonly SyncEvent[]> {
    const startedAt = this.#clock.elapsed();
    const now = this.#clock.elapsed();
    const before = branch.known.head;
    const wasGood = this.#isGood(branch);
    const built: BuiltEnvironment[] = [];
    for (const info of branch.environments) {
      const next = await this.#builder.next(info, head, edits, context.signal);
      built.push(next);
      this.#snapshots.publish(info.key, info.storage, next.result.snapshot, next.result.changedNamespaces);
    }
    const results = built.map(({ result }) => result);
    const isPartial = results.some((result) => result.isPartial);
    branch.known.record(head, mergedTables(built.map(({ committed }) => committed)), own, now, isPartial);
    const told = branch === this.#branches.main ? this.#notices.directories(missingOf(built), context) : [];
    await this.#remember(branch, wasGood, before);
    // What was looked up is kept as well: the next start may be without the remote.
    const recovered = results.findLast((result) => result.recovered !== undefined)?.recovered;
    if (recovered !== undefined) await this.#good.remember(branch.name, recovered);
    const environments = built.filter(({ isNew }) => isNew).map(({ info }) => info.key);
    if (environments.length === 0) return told;
    const snapshots = results.map(({ snapshot }) => snapshot);
    const state = { branch: branch.name, environments, revision: head, snapshots, startedAt };
    return [...told, this.#events.built(context, state)];
  }

  /** @param before the head that was served when the branch was last good, if it was */
  async #remember(branch: ServedBranch, wasGood: boolean, before: Oid | undefined): Promise<void> {
    const isGood = this.#isGood(branch);
    if (isGood && !wasGood) await this.#good.remember(branch.name, undefined);
    if (!isGood && wasGood && before !== undefined) await this.#good.remember(branch.name, before);
  }

  /** Tells whether nothing of the branch, as served now, is quarantined; true before anything is served. */
  #isGood(branch: ServedBranch): boolean {
    return branch.environments.every(({ key }) => (this.#snapshots.get(key)?.snapshot?.quarantined.length ?? 0) === 0);
  }
}

function missingOf(built: readonly BuiltEnvironment[]) {
  return built.map(({ missing }) => missing).filter((missing) => missing !== undefined);
}
