import { changedNamespaces } from "@vexil/flags/compile/changed-namespaces";
import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Oid } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import type { SyncEvent } from "../../model/events.js";
import type { StepContext } from "../step-context.js";
import type { StorageEvents } from "../storage-events.js";
import type { BranchSet, ServedBranch } from "./branch-set.js";
import type { BuiltEnvironment, EnvironmentBuilder, StateAhead } from "./environment-builder.js";
import { type Edits, type FilesReader, mergedTables } from "./environment-files.js";
import type { GoodCommits } from "./good-commits.js";
import type { SnapshotStore } from "./snapshot-store.js";
import type { StateNotices } from "./state-notices.js";

/** A state of a branch that is to be served. */
export interface BranchState {
  readonly head: Oid;
  readonly edits: Edits;
  /** Made by this daemon: such heads never conflict with its own writers. */
  readonly own: boolean;
  /** Paths that the writes have changed which wait for it. */
  readonly changed?: ReadonlySet<string>;
  /** States of its environments that are built already, by key. */
  readonly ahead?: ReadonlyMap<string, StateAhead>;
}

const NOBODY: ReadonlySet<string> = new Set();

/** Serves branches, tells what came of it, and remembers the last commit that was good where one is not. */
export class BranchPublisher {
  readonly #clock: Clock;
  readonly #branches: BranchSet;
  readonly #reader: FilesReader;
  readonly #builder: EnvironmentBuilder;
  readonly #snapshots: SnapshotStore;
  readonly #good: GoodCommits;
  readonly #notices: StateNotices;
  readonly #events: StorageEvents;

  constructor(
    clock: Clock,
    branches: BranchSet,
    reader: FilesReader,
    builder: EnvironmentBuilder,
    snapshots: SnapshotStore,
    good: GoodCommits,
    notices: StateNotices,
    events: StorageEvents,
  ) {
    this.#clock = clock;
    this.#branches = branches;
    this.#reader = reader;
    this.#builder = builder;
    this.#snapshots = snapshots;
    this.#good = good;
    this.#notices = notices;
    this.#events = events;
  }

  /** Builds and serves all environments of a branch. */
  async publish(branch: ServedBranch, state: BranchState, context: StepContext): Promise<readonly SyncEvent[]> {
    const { head, own } = state;
    const now = this.#clock.elapsed();
    let startedAt = now;
    const before = branch.known.head;
    const wasGood = this.#isGood(branch);
    const built: BuiltEnvironment[] = [];
    const { signal, hurriedUntil: until } = context;
    const hurry = until === undefined ? undefined : { own: state.changed ?? NOBODY, until };
    for (const info of branch.environments) {
      const ready = this.#ready(info, state);
      if (ready !== undefined) startedAt -= ready.result.durationMs;
      const next = ready ?? (await this.#builder.next(info, state, { signal, hurry }));
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
    const served = { branch: branch.name, environments, revision: head, snapshots, startedAt };
    return [...told, this.#events.built(context, served)];
  }

  /** @returns what building would give, where that is known; never where something is faulty, missing or edited */
  #ready(info: EnvironmentInfo, { head, edits, ahead }: BranchState): BuiltEnvironment | undefined {
    const known = ahead?.get(info.key);
    if (known === undefined || edits.size > 0 || known.committed.size === 0) return undefined;
    const { committed, result, served } = known;
    const { snapshot } = result;
    const isSure = this.#snapshots.get(info.key)?.snapshot === served && snapshot.revision === head;
    if (!isSure || result.isPartial || served.quarantined.length + snapshot.quarantined.length > 0) return undefined;
    this.#reader.note(info, head, committed);
    const changed = changedNamespaces(served.namespaces, snapshot.namespaces);
    return { info, committed, missing: undefined, result: { ...result, changedNamespaces: changed }, isNew: true };
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
