import type { StorageConfig } from "@vexil/config/config";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { Oid } from "@vexil/plugin-api";
import type { Clock } from "../model/clock.js";
import type { SyncEvent } from "../model/events.js";
import { trackingRef } from "./ref-names.js";
import type { ServedBranch } from "./state/branch-set.js";
import { failingTests } from "./state/failing-tests.js";
import { sortFaults } from "./state/sort-faults.js";
import { type Correlation, correlationIn, type KeptCommit, type StepContext } from "./step-context.js";

/** Fields of an event without its storage, time and correlation, which are added. */
export type EventBody = SyncEvent extends infer Event
  ? Event extends SyncEvent
    ? Omit<Event, "storage" | "at" | keyof Correlation>
    : never
  : never;

/** Makes the events of one storage. */
export class StorageEvents {
  readonly #config: Pick<StorageConfig, "id" | "branch">;
  readonly #clock: Clock;

  constructor(config: Pick<StorageConfig, "id" | "branch">, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  of(context: StepContext, event: EventBody): SyncEvent {
    return {
      ...event,
      storage: this.#config.id,
      at: this.#clock.now(),
      ...correlationIn(context),
    } as SyncEvent;
  }

  /** @param startedAt of the build, by `Clock.elapsed()` */
  built(
    context: StepContext,
    state: {
      readonly branch: string;
      readonly environments: readonly string[];
      readonly revision: Oid;
      readonly snapshots: readonly Snapshot[];
      readonly startedAt: number;
    },
  ): SyncEvent {
    const { branch, environments, revision, snapshots, startedAt } = state;
    const namespaces = snapshots.flatMap((snapshot) => [...snapshot.namespaces.values()]);
    return this.of(context, {
      type: "snapshot.built",
      branch,
      environments,
      revision,
      ...sortFaults(snapshots.flatMap((snapshot) => snapshot.quarantined)),
      tests: failingTests(snapshots),
      files: snapshots.reduce((sum, snapshot) => sum + snapshot.files.size, 0),
      flags: namespaces.reduce((sum, namespace) => sum + namespace.flags.size, 0),
      durationMs: this.#clock.elapsed() - startedAt,
    });
  }

  seeded(context: StepContext, revision: Oid, pushed: boolean): SyncEvent {
    return this.of(context, { type: "branch.seeded", branch: this.#config.branch, revision, pushed });
  }

  kept(context: StepContext, { commit, ref, branch }: KeptCommit, why?: string): SyncEvent {
    return this.of(context, { type: "commit.kept", commit, ref, reason: why ?? `the remote's ${branch} replaces it` });
  }

  branch(context: StepContext, type: "branch.appeared" | "branch.vanished", branch: ServedBranch): SyncEvent {
    const environment = branch.environments[0]?.key ?? branch.name;
    return this.of(context, { type, environment, ref: trackingRef(branch.name) });
  }
}
