import type { SnapshotChange, SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { ServedNamespace } from "../http/reads/read-snapshots.js";
import type { PublishMessage } from "./messages.js";
import { packNamespace } from "./ship-snapshot.js";
import { ShippedStates } from "./shipped-states.js";
import type { WorkerHandle } from "./worker-handle.js";

const NONE: ReadonlySet<string> = new Set();
/** Places that are remembered at most: those of namespaces that are no more are among them. */
const MOST_WANTED = 50_000;

/**
 * Sends every new state to the workers, one change after the other. Workers that join get everything first; a change
 * is numbered, so that a writer can wait until all have it.
 */
export class Shipper {
  readonly #snapshots: SnapshotReader;
  readonly #workers: () => readonly WorkerHandle[];
  /** Workers that have had the whole state, and get changes from then on. */
  readonly #joined = new WeakMap<WorkerHandle, ShippedStates>();
  /** Places of namespaces whose client snapshots were asked for: those of their next states are sent along. */
  readonly #wanted = new Set<string>();
  #queue: Promise<void> = Promise.resolve();
  /** Which environments there were when they were last told. */
  #told = -1;
  #sequence = 0;

  constructor(snapshots: SnapshotReader, workers: () => readonly WorkerHandle[]) {
    this.#snapshots = snapshots;
    this.#workers = workers;
  }

  /** Sends the whole state to a new worker; resolves when it is on its way. */
  join(worker: WorkerHandle): Promise<void> {
    return this.#enqueue(async () => {
      const sequence = this.#sequence;
      const states = new ShippedStates();
      worker.send(this.#message(undefined, [], [], 0));
      for (const { info, snapshot } of this.#snapshots.all()) {
        if (snapshot === undefined) continue;
        const keys = [...snapshot.namespaces.keys()];
        for (const namespace of snapshot.namespaces.values()) {
          await this.#stage([worker], info.key, namespace, undefined);
          states.set(info.key, namespace.key, namespace);
        }
        worker.send(this.#message(info.key, keys, keys, sequence));
      }
      worker.send(this.#message(undefined, [], [], sequence));
      this.#joined.set(worker, states);
    });
  }

  ship(change: SnapshotChange): void {
    this.#sequence += 1;
    const sequence = this.#sequence;
    void this.#enqueue(async () => {
      const { environment } = change;
      // The newest state, not the change's own: a worker that has just joined must not be taken back.
      const snapshot = this.#snapshots.get(environment)?.snapshot;
      if (change.type === "removed" || snapshot === undefined) {
        this.#broadcast({ type: "removed", environment, sequence });
        for (const worker of this.#members()) this.#joined.get(worker)?.keep(environment, NONE);
        return;
      }
      const changed = [...change.changedNamespaces];
      for (const key of changed) {
        const namespace = snapshot.namespaces.get(key);
        if (namespace === undefined) continue;
        for (const [base, workers] of this.#byBase(environment, key)) {
          await this.#stage(workers, environment, namespace, base);
          for (const worker of workers) this.#joined.get(worker)?.set(environment, key, namespace);
        }
      }
      const keys = new Set(snapshot.namespaces.keys());
      for (const worker of this.#members()) this.#joined.get(worker)?.keep(environment, keys);
      this.#broadcast(this.#message(environment, [...snapshot.namespaces.keys()], changed, sequence));
    });
  }

  /** Counts what workers were told just now as a change: who waits for them waits for that, too. */
  mark(): void {
    this.#sequence += 1;
    const sequence = this.#sequence;
    void this.#enqueue(async () => this.#broadcast({ type: "mark", sequence }));
  }

  /** Resolves when all that was published so far is on its way. */
  sent(): Promise<void> {
    return this.#queue;
  }

  /** Number of the newest change. */
  get sequence(): number {
    return this.#sequence;
  }

  /**
   * Resolves when every worker has change number `sequence`, at the latest after `deadlineMs`.
   * @returns the workers that have not taken it over; undefined: not all of it is on its way yet
   */
  async settled(deadlineMs: number, sequence: number): Promise<readonly WorkerHandle[] | undefined> {
    let sent = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs).unref();
    });
    const all = this.#queue.then(async () => {
      sent = true;
      await Promise.all(this.#members().map((worker) => worker.hasApplied(sequence)));
    });
    await Promise.race([all, late]);
    clearTimeout(timer);
    return sent ? this.#members().filter((worker) => worker.applied < sequence) : undefined;
  }

  /** A namespace's state that a worker has, or had until just now, as a client there wants its snapshot. */
  stateOf(worker: WorkerHandle, state: number): ServedNamespace | undefined {
    const found = this.#joined.get(worker)?.find(state);
    if (this.#wanted.size >= MOST_WANTED) this.#wanted.clear();
    if (found !== undefined) this.#wanted.add(placeOf(found.environment, found.namespace.key));
    return found?.namespace;
  }

  /** Workers by what they have of a namespace: all the same, mostly. */
  #byBase(environment: string, key: string): ReadonlyMap<ServedNamespace | undefined, readonly WorkerHandle[]> {
    const found = new Map<ServedNamespace | undefined, WorkerHandle[]>();
    for (const worker of this.#members()) {
      const base = this.#joined.get(worker)?.get(environment, key);
      const same = found.get(base);
      if (same === undefined) found.set(base, [worker]);
      else same.push(worker);
    }
    return found;
  }

  async #stage(
    workers: readonly WorkerHandle[],
    environment: string,
    namespace: ServedNamespace,
    base: ServedNamespace | undefined,
  ): Promise<void> {
    const isWanted = this.#wanted.has(placeOf(environment, namespace.key));
    for await (const part of packNamespace(namespace, base, isWanted)) {
      for (const worker of workers) worker.send({ type: "stage", environment, part });
    }
  }

  #members(): readonly WorkerHandle[] {
    return this.#workers().filter((worker) => this.#joined.has(worker) && worker.alive);
  }

  #broadcast(message: Parameters<WorkerHandle["send"]>[0]): void {
    for (const worker of this.#members()) worker.send(message);
  }

  #message(
    environment: string | undefined,
    namespaces: readonly string[],
    changed: readonly string[],
    sequence: number,
  ): PublishMessage {
    return {
      type: "publish",
      environment,
      revision: environment === undefined ? undefined : this.#snapshots.get(environment)?.snapshot?.revision,
      namespaces,
      changed,
      environments: this.#environments(environment === undefined),
      defaultEnvironment: this.#snapshots.default()?.info.key,
      sequence,
    };
  }

  /** A list that all have already is not sent again: with many environments it is most of a message. */
  #environments(always: boolean): readonly string[] | undefined {
    const { generation } = this.#snapshots;
    if (!always && this.#told === generation) return undefined;
    if (!always) this.#told = generation;
    return this.#snapshots.all().map(({ info }) => info.key);
  }

  #enqueue(job: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(job);
    this.#queue = done.catch(() => {});
    return done;
  }
}

const placeOf = (environment: string, key: string): string => `${environment}\u0000${key}`;
