import { join } from "node:path";
import type { SinkConfig } from "@vexil/config/config";
import type { Logger, Oid } from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { filter, groupBy, lastValueFrom, mergeMap, Subject, Subscription } from "rxjs";
import type { Clock } from "../model/clock.js";
import { atMost, delay } from "../model/deadlines.js";
import type { SinkStatus } from "../model/sink-status.js";
import type { SnapshotReader } from "../model/snapshot-reader.js";
import type { StatusReader } from "../model/storage-status.js";
import { logEvent } from "../observe/catalogue.js";
import { doublingMs } from "../operators/back-off.js";
import { coalesceMap } from "../operators/coalesce-map.js";
import { fromAbortable } from "../operators/from-abortable.js";
import type { GuardedSink } from "../plugins/plugin-registry.js";
import { DroppedEvents } from "./dropped-events.js";
import { EnvironmentDelivery } from "./environment-delivery.js";
import { eventFilter } from "./event-filter.js";
import { SinkAccount } from "./sink-account.js";
import { SinkStorages, type SinkStoragesParts } from "./sink-storages.js";
import { SinkTarget } from "./sink-target.js";
import { SnapshotDelivery } from "./snapshot-delivery.js";
import { StateDelivery } from "./state-delivery.js";

/** Deliveries under way at the end have so long. */
const DRAIN_MS = 5_000;
const BACK_OFF = { firstMs: 1_000, longestMs: 30_000, spread: 0.25 };
/** Failures in a row that are hardly a storage which is being opened again. */
const SAY_AT = 4;

/** Parts of a running sink. */
export interface SinkRunParts extends Pick<SinkStoragesParts, "storages" | "streams" | "isDurable" | "turn"> {
  readonly config: SinkConfig;
  readonly made: GuardedSink;
  readonly snapshots: Pick<SnapshotReader, "all" | "get" | "generation" | "changes$">;
  readonly status: Pick<StatusReader, "summaries" | "changes$">;
  /** Daemons' commits are sealed. */
  readonly needsProof: () => boolean;
  /** Directory in which each sink has one. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Something to deliver: what happens in an environment, what it serves, states of a storage, or which ones there are. */
type Matter =
  | { readonly environment: string }
  | { readonly snapshot: string }
  | { readonly storage: string }
  | { readonly environments: "all" };

const keyOf = (matter: Matter): string => Object.entries(matter).flat().join(" ");

/** One sink as a stream: what became newer, each environment by itself, is brought to it until all is told. */
export class SinkRun {
  readonly config: SinkConfig;
  readonly #parts: SinkRunParts;
  readonly #account: SinkAccount;
  readonly #target: SinkTarget;
  readonly #storages: SinkStorages;
  readonly #delivery: EnvironmentDelivery;
  /** undefined: the sink takes no snapshots. */
  readonly #snapshots: SnapshotDelivery | undefined;
  readonly #isWanted: ReturnType<typeof eventFilter>;
  readonly #states = new Map<string, Promise<StateDelivery>>();
  /** Environments that were seen, and the commit that was served then. */
  readonly #seen = new Map<string, { readonly revision: Oid; readonly storage: string; readonly isBranch: boolean }>();
  readonly #matters = new Subject<Matter>();
  readonly #gone = new Subject<string>();
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  readonly #inputs = new Subscription();
  #done: Promise<unknown> = Promise.resolve();

  constructor(parts: SinkRunParts) {
    this.#parts = parts;
    const { config, made, snapshots, clock, logger } = parts;
    this.config = config;
    const directory = join(parts.directory, config.name);
    const { signal: stop } = this.#stop;
    const dropped = new DroppedEvents(join(directory, "dropped.jsonl"));
    this.#account = new SinkAccount(config.name, config.type, clock, logger);
    const account = this.#account;
    this.#target = new SinkTarget({ config, made, account, dropped, clock, logger, cut: this.#cut.signal });
    const taken = (storage: string): void => this.#lookAgain(storage);
    this.#storages = new SinkStorages({ ...parts, directory, stop, taken });
    this.#isWanted = eventFilter(config.filter);
    this.#delivery = new EnvironmentDelivery({
      config,
      isWanted: this.#isWanted,
      snapshots,
      storageOf: (environment) => this.#storages.ofEnvironment(environment),
      needsProof: parts.needsProof,
      firstSeen: (environment) => this.#seen.get(environment)?.revision,
      target: this.#target,
      account: this.#account,
      clock,
      logger,
    });
    const isHeld = (storage: string): boolean => this.#storages.isHeld(storage);
    this.#snapshots =
      made.capabilities.snapshots === true
        ? new SnapshotDelivery({ ...parts, isHeld, target: this.#target, account: this.#account })
        : undefined;
  }

  start(): void {
    const { snapshots, status } = this.#parts;
    const { signal } = this.#stop;
    this.#done = lastValueFrom(
      this.#matters.pipe(
        groupBy(keyOf, { duration: ({ key }) => this.#gone.pipe(filter((gone) => gone === key)) }),
        mergeMap((some$) =>
          some$.pipe(coalesceMap((matter) => fromAbortable((ending) => this.#deliver(matter, ending), signal))),
        ),
      ),
      { defaultValue: undefined },
    );
    this.#inputs.add(
      snapshots.changes$.subscribe((change) => {
        if (change.type === "published") this.#saw(change.environment);
        else this.#lost(change.environment);
      }),
    );
    this.#inputs.add(status.changes$.subscribe(() => this.#lookAtStates()));
    for (const { info } of snapshots.all()) this.#saw(info.key);
    this.#lookAtStates();
  }

  status(): SinkStatus {
    return this.#account.status();
  }

  /** Ends it; what is under way has its time, and what is not told is told after the next start. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#inputs.unsubscribe();
    this.#matters.complete();
    this.#stop.abort(new VexilError("VEXIL_UNAVAILABLE_DRAINING", "the sink is being closed"));
    const cut = (): void => this.#cut.abort(new VexilError("VEXIL_UNAVAILABLE_DRAINING", "the sink is being closed"));
    signal.addEventListener("abort", cut, { once: true });
    if (signal.aborted) cut();
    const { clock, made } = this.#parts;
    await atMost(clock, DRAIN_MS, this.#done);
    cut();
    signal.removeEventListener("abort", cut);
    await atMost(clock, DRAIN_MS, this.#done);
    this.#storages.end();
    await made.sink.close();
  }

  #saw(environment: string): void {
    const served = this.#parts.snapshots.get(environment);
    const revision = served?.snapshot?.revision;
    if (served === undefined || revision === undefined) return;
    if (!this.#seen.has(environment)) {
      const { storage, base } = served.info;
      this.#seen.set(environment, { revision, storage, isBranch: base !== undefined });
    }
    this.#ask({ environment });
    if (this.#snapshots?.isWanted(environment) === true) this.#matters.next({ snapshot: environment });
  }

  /** Of a sink that takes no events none are made. */
  #ask(matter: Matter): void {
    if (this.#target.most > 0) this.#matters.next(matter);
  }

  /** A configured environment that is gone may come again; a branch that does is another one. */
  #lost(environment: string): void {
    const seen = this.#seen.get(environment);
    this.#seen.delete(environment);
    for (const matter of [{ environment }, { snapshot: environment }]) this.#gone.next(keyOf(matter));
    this.#account.waits(environment, 0);
    if (this.#snapshots?.isStale === true) this.#matters.next({ environments: "all" });
    if (seen?.isBranch !== true) return;
    this.#storages.forget(environment, seen.storage).catch(() => undefined);
  }

  #lookAtStates(): void {
    if (this.#snapshots?.isStale === true) this.#matters.next({ environments: "all" });
    if (this.#target.most === 0) return;
    for (const summary of this.#parts.status.summaries()) {
      // A state counts as it is now, also where the file about it is read first.
      void this.#statesOf(summary.id).then((states) => {
        if (states.see(summary)) this.#matters.next({ storage: summary.id });
      });
    }
  }

  #statesOf(id: string): Promise<StateDelivery> {
    const known = this.#states.get(id);
    if (known !== undefined) return known;
    const { clock } = this.#parts;
    const made = this.#storages.kept(id).then((kept) => new StateDelivery(id, kept, clock));
    this.#states.set(id, made);
    return made;
  }

  #lookAgain(storage: string): void {
    for (const [environment, seen] of this.#seen) if (seen.storage === storage) this.#saw(environment);
    this.#ask({ storage });
    if (this.#snapshots?.isStale === true) this.#matters.next({ environments: "all" });
  }

  /** Delivers until there is nothing left, or the end. Never rejects. */
  async #deliver(matter: Matter, signal: AbortSignal): Promise<void> {
    const { clock, logger, config, snapshots } = this.#parts;
    for (let failures = 1; ; failures += 1) {
      try {
        if ("environment" in matter) await this.#delivery.run(matter.environment, signal);
        else if ("snapshot" in matter) await this.#snapshots?.publish(matter.snapshot, signal);
        else if ("environments" in matter) await this.#snapshots?.retain(signal);
        else await this.#deliverStates(matter.storage, signal);
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        if ("environment" in matter && snapshots.get(matter.environment) === undefined) return;
        const { code, message: reason } = toVexilError(thrown);
        if (failures % SAY_AT === 0) logEvent(logger, "sink.stalled", { sink: config.name, ...matter, code, reason });
        await delay(clock, doublingMs(failures, BACK_OFF), signal).catch(() => undefined);
      }
    }
  }

  async #deliverStates(id: string, signal: AbortSignal): Promise<void> {
    if (!this.#storages.isHeld(id)) return;
    await (await this.#statesOf(id)).run(this.#target, this.#isWanted, signal);
  }
}
