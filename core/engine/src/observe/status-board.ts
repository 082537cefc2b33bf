import type { StorageConfig } from "@vexil/config/config";
import { type Observable, Subject } from "rxjs";
import { token } from "../di/token.js";
import type { Clock } from "../model/clock.js";
import { policyOf } from "../model/error-policy.js";
import type { SyncEvent } from "../model/events.js";
import { stepOf } from "../model/failure-step.js";
import type { SnapshotReader } from "../model/snapshot-reader.js";
import type { StatusReader, StorageState, StorageStatus, StorageSummary } from "../model/storage-status.js";
import { failingTests } from "../storage/state/failing-tests.js";
import { sortFaults } from "../storage/state/sort-faults.js";
import { openedEntry, type StatusEntry } from "./status-entry.js";

export const StatusBoardToken = token<StatusBoard>("status");

/** How each storage is, derived from the pipeline's events and nothing else. */
export class StatusBoard implements StatusReader {
  readonly startedAt: number;
  readonly #entries = new Map<string, StatusEntry>();
  readonly #snapshots: SnapshotReader;
  readonly #clock: Pick<Clock, "now" | "elapsed">;
  readonly #changes = new Subject<void>();
  readonly changes$: Observable<void> = this.#changes.asObservable();

  constructor(storages: Iterable<StorageConfig>, snapshots: SnapshotReader, clock: Pick<Clock, "now" | "elapsed">) {
    this.#snapshots = snapshots;
    this.#clock = clock;
    this.startedAt = clock.now();
    for (const config of storages) this.add(config);
  }

  /** One that is there already is opened anew: its state is as old as it is, and as whole. */
  add(config: StorageConfig): void {
    this.#entries.set(config.id, openedEntry(config, this.#entries.get(config.id), this.#clock.elapsed()));
    this.#changes.next();
  }

  remove(id: string): void {
    this.#entries.delete(id);
    this.#changes.next();
  }

  /** Takes in one event. */
  apply(event: SyncEvent): void {
    const entry = this.#entries.get(event.storage);
    if (entry === undefined) return;
    switch (event.type) {
      case "fetch.succeeded":
        this.#succeeded(entry, event.at);
        entry.nextPoll = event.nextAt;
        entry.fetchFailure = undefined;
        break;
      case "fetch.failed":
        entry.nextPoll = event.nextAt;
        entry.fetchFailure = { error: event.error, at: event.at };
        entry.lastError = entry.fetchFailure;
        entry.servedAtFailure = this.#summary(event.storage, entry).hasSnapshot;
        break;
      case "rebuild.succeeded":
        if (entry.config.remote === undefined || event.following) {
          this.#succeeded(entry, event.at);
          entry.fetchFailure = undefined;
        }
        entry.rebuildFailure = undefined;
        entry.rebuilt = true;
        if (entry.unserved.length === 0) entry.wasComplete = true;
        entry.uncommitted = event.uncommitted;
        entry.blocked = event.blocked;
        break;
      case "rebuild.failed":
        entry.rebuildFailure = { error: event.error, at: event.at };
        entry.lastError = entry.rebuildFailure;
        break;
      case "branches.limited":
        entry.unservedBranches = event.overLimit;
        break;
      case "lease.changed":
        entry.leaseHeld = event.held;
        if (!event.held) entry.nextPoll = undefined;
        break;
      case "open.failed":
        entry.lastError = { error: event.error, at: event.at };
        break;
      case "namespaces.unserved":
        entry.unserved = event.unserved;
        entry.unservedOmitted = event.omitted;
        break;
      case "directories.missing":
        entry.warnings = event.missing.map(({ reason }) => reason);
        break;
      case "branch.seeded":
      case "snapshot.built":
      case "write.committed":
      case "write.unchanged":
      case "write.failed":
      case "nudge.answered":
      case "poll.began":
      case "phase.changed":
      case "push.succeeded":
      case "commit.kept":
      case "branch.appeared":
      case "branch.vanished":
        break;
      default:
        event satisfies never;
    }
    this.#changes.next();
  }

  #succeeded(entry: StatusEntry, at: number): void {
    entry.lastSuccess = at;
    entry.currentAt = this.#clock.elapsed();
  }

  storages(): readonly StorageStatus[] {
    return [...this.#entries.keys()].map((id) => this.storage(id)).filter((status) => status !== undefined);
  }

  summaries(): readonly StorageSummary[] {
    return [...this.#entries].map(([id, entry]) => this.#summary(id, entry));
  }

  summary(id: string): StorageSummary | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : this.#summary(id, entry);
  }

  #summary(id: string, entry: StatusEntry): StorageSummary {
    const main = this.#snapshots.configured(id);
    // What a snapshot lacks is told with the rebuild that made it.
    const isTold = entry.rebuilt || entry.isKept;
    const hasSnapshot = isTold && main.length > 0 && main.every(({ snapshot }) => snapshot !== undefined);
    const withheld = hasSnapshot ? withheldBy(entry) : [];
    const { lastError } = entry;
    return {
      id,
      state: stateOf(entry, hasSnapshot && withheld.length === 0),
      withheld,
      revision: main[0]?.snapshot?.revision,
      hasSnapshot,
      lastError:
        lastError === undefined
          ? undefined
          : {
              code: lastError.error.code,
              step: stepOf(lastError.error),
              message: lastError.error.message,
              at: lastError.at,
            },
    };
  }

  storage(id: string): StorageStatus | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const served = this.#snapshots.all().filter(({ info }) => info.storage === id);
    return {
      ...this.#summary(id, entry),
      backend: entry.config.backend.type,
      environments: served.map(({ info }) => info.key),
      unservedBranches: entry.unservedBranches,
      warnings:
        entry.unservedOmitted === 0
          ? entry.warnings
          : [...entry.warnings, `${entry.unservedOmitted} more faulty namespaces are not served`],
      unservedNamespaces: entry.unserved.map(({ environment, namespace, searching, unfinished }) => ({
        environment,
        namespace,
        ...(searching || unfinished ? { searching: true as const } : {}),
      })),
      lastSuccess: entry.lastSuccess,
      stalenessSeconds: Math.round((this.#clock.elapsed() - entry.currentAt) / 1000),
      nextPoll: entry.nextPoll,
      ...(entry.leaseHeld === undefined ? {} : { leaseHeld: entry.leaseHeld }),
      ...sortFaults(served.flatMap(({ snapshot }) => snapshot?.quarantined ?? [])),
      tests: failingTests(served.map(({ snapshot }) => snapshot)),
      uncommitted: entry.uncommitted,
      blocked: entry.blocked,
    };
  }
}

/**
 * Namespaces that hold a start back: while their past is looked through, and under the strict policy also when there is
 * nothing in it. What goes wrong after everything was served takes no instance out of service.
 */
function withheldBy({ config, unserved, wasComplete, fetchFailure }: StatusEntry): readonly string[] {
  if (wasComplete) return [];
  return unserved
    .filter(({ searching }) => config.fetchPolicy === "strict" || (searching && fetchFailure === undefined))
    .map(({ environment, namespace }) => `${environment}/${namespace}`);
}

function stateOf(entry: StatusEntry, hasSnapshot: boolean): StorageState {
  if (entry.rebuildFailure !== undefined) return "failed";
  const failure = entry.fetchFailure?.error;
  if (failure !== undefined) {
    const health = policyOf(failure).health[entry.config.fetchPolicy];
    if (health !== "stale-once-served") return health;
    // What has come since is no old state: the poll that brings it is about to succeed.
    return hasSnapshot && entry.servedAtFailure ? "stale" : "starting";
  }
  return hasSnapshot && entry.rebuilt ? "ready" : "starting";
}
