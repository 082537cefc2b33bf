import type { SyncEvent } from "../../model/events.js";
import type { StepContext } from "../step-context.js";
import type { StorageEvents } from "../storage-events.js";
import type { BranchSet } from "./branch-set.js";
import type { EnvironmentBuilder } from "./environment-builder.js";
import type { GoodCommits } from "./good-commits.js";
import type { StateNotices } from "./state-notices.js";
import type { UnservedNamespaces } from "./unserved-namespaces.js";

/** Makes the served branches those that exist, and lets go of what was kept for the others. */
export class BranchReconciler {
  readonly #branches: BranchSet;
  readonly #builder: EnvironmentBuilder;
  readonly #unserved: UnservedNamespaces;
  readonly #good: GoodCommits;
  readonly #notices: StateNotices;
  readonly #events: StorageEvents;

  constructor(
    branches: BranchSet,
    builder: EnvironmentBuilder,
    unserved: UnservedNamespaces,
    good: GoodCommits,
    notices: StateNotices,
    events: StorageEvents,
  ) {
    this.#branches = branches;
    this.#builder = builder;
    this.#unserved = unserved;
    this.#good = good;
    this.#notices = notices;
    this.#events = events;
  }

  /** @param names short names of the branches that exist; they are served as far as there is room */
  async reconcile(names: Iterable<string>, context: StepContext): Promise<readonly SyncEvent[]> {
    const { appeared, vanished } = await this.#branches.reconcile(names);
    const events = appeared.map((branch) => this.#events.branch(context, "branch.appeared", branch));
    for (const branch of vanished) {
      for (const { key } of branch.environments) {
        this.#builder.forget(key);
        this.#unserved.forget(key);
      }
      await this.#good.remember(branch.name, undefined);
      events.push(this.#events.branch(context, "branch.vanished", branch));
    }
    return [...events, ...this.#notices.overLimit(context)];
  }
}
