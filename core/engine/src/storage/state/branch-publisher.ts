import type { Oid } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import type { SyncEvent } from "../../model/events.js";
import type { StepContext } from "../storage.js";
import type { StorageEvents } from "../storage-events.js";
import type { EnvironmentBuilder } from "./environment-builder.js";
import type { BranchSet, ServedBranch } from "./branch-set.js";
import type { Edits } from "./environment-files.js";
import type { GoodCommits } from "./good-commits.js";
import type { StateNotices } from "./state-notices.js";

/** Serves branches, tells what came of it, and remembers the last commit that was good where one is not. */
export class BranchPublisher {
  readonly #clock: Clock;
  readonly #branches: BranchSet;
  readonly #publisher: EnvironmentBuilder;
  readonly #good: GoodCommits;
  readonly #notices: StateNotices;
  readonly #events: StorageEvents;

  constructor(
    clock: Clock,
    branches: BranchSet,
    publisher: EnvironmentBuilder,
    good: GoodCommits,
    notices: StateNotices,
    events: StorageEvents,
  ) {
    this.#clock = clock;
    this.#branches = branches;
    this.#publisher = publisher;
    this.#good = good;
    this.#notices = notices;
    this.#events = events;
  }

  /** Serves a branch at a commit. */
  async publish(
    branch: ServedBranch,
    head: Oid,
    edits: Edits,
    own: boolean,
    context: StepContext,
  ): Promise<readonly SyncEvent[]> {
    const startedAt = this.#clock.elapsed();
    const before = branch.known.head;
    const wasGood = this.#publisher.isGood(branch);
    const published = await this.#publisher.publish(branch, head, edits, {
      own,
      now: this.#clock.elapsed(),
      signal: context.signal,
    });
    const directories = branch === this.#branches.main ? this.#notices.directories(published, context) : [];
    const snapshots = published.results.map((result) => result.snapshot);
    const isGood = this.#publisher.isGood(branch);
    if (isGood && !wasGood) await this.#good.remember(branch.name, undefined);
    if (!isGood && wasGood && before !== undefined) await this.#good.remember(branch.name, before);
    // What was looked up is kept as well: the next start may be without the remote.
    if (published.recovered !== undefined) await this.#good.remember(branch.name, published.recovered);
    if (!published.changed) return directories;
    const { environments } = published;
    const built = { branch: branch.name, environments, revision: head, snapshots, startedAt };
    return [...directories, this.#events.built(context, built)];
  }

  /** Makes the served branches those that exist, as far as there is room. */
  async reconcile(names: Iterable<string>, context: StepContext): Promise<readonly SyncEvent[]> {
    const { appeared, vanished } = await this.#branches.reconcile(names);
    const events = appeared.map((branch) => this.#events.branch(context, "branch.appeared", branch));
    for (const branch of vanished) {
      this.#publisher.forget(branch);
      await this.#good.remember(branch.name, undefined);
      events.push(this.#events.branch(context, "branch.vanished", branch));
    }
    return [...events, ...this.#notices.overLimit(context)];
  }
}
