import type { StorageConfig } from "@vexil/config/config";
import type { Logger } from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { finalize, map } from "rxjs";
import { draining } from "./answers.js";
import type { Authenticators } from "./authenticators.js";
import type { Scope } from "./di/scope.js";
import type { OpenedStorage } from "./first-try.js";
import type { Clock } from "./model/clock.js";
import { policyOf } from "./model/error-policy.js";
import type { SyncEvent } from "./model/events.js";
import type { StatusBoard } from "./observe/status-board.js";
import type { Generation } from "./plugins/generation.js";
import { openStorage, type ScopedStorage } from "./storage/open-storage.js";
import { environmentsOf } from "./storage/state/branch-set.js";
import type { SnapshotStore } from "./storage/state/snapshot-store.js";
import type { Storages } from "./storage/storages.js";
import { storagePlugins } from "./storage-plugins.js";
import type { StorageStreams } from "./storage-streams.js";
import { type FailedTry, WaitingStorages } from "./waiting-storages.js";

/** Dependencies of the storages' lifecycle. */
export interface StorageOpenerParts {
  /** The parent of the scopes of storages and credentials. */
  readonly scope: Scope;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly snapshots: SnapshotStore;
  readonly storages: Storages;
  readonly status: StatusBoard;
  readonly streams: StorageStreams;
}

/** An opened storage, and the scope that tells it from others of its id. */
interface Opened {
  readonly outcomes: OpenedStorage;
  readonly scope: Scope;
}

/** When a storage that cannot be opened is waited for: where that may help, or in any case. */
export type Wait = "if-it-may-pass" | "always";

/** Opens single storages, and tries again where one is not to be opened yet. */
export class StorageOpener {
  readonly #parts: StorageOpenerParts;
  readonly #authenticators: Authenticators;
  readonly #waiting: WaitingStorages;
  /** Scopes of storages that somebody closes: what becomes of them then is no failure. */
  readonly #closed = new WeakSet<Scope>();
  /** By id: ends of scopes whose storages could not be opened. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(parts: StorageOpenerParts, authenticators: Authenticators) {
    this.#parts = parts;
    this.#authenticators = authenticators;
    this.#waiting = new WaitingStorages(parts.clock);
  }

  /** Ids of storages that are tried again and again. */
  get waiting(): readonly string[] {
    return this.#waiting.ids;
  }

  /** Opens a storage now; rejects where its backend cannot be opened. What cannot be read then is tried again. */
  async open(storage: StorageConfig, generation: Generation): Promise<OpenedStorage> {
    return this.#unlessAway(await this.#open(storage, generation), storage, generation, "always");
  }

  /** Opens a storage, or waits for it. */
  async openOrWait(storage: StorageConfig, generation: Generation, wait: Wait): Promise<OpenedStorage> {
    const opened = await this.#open(storage, generation).catch((error: unknown) => {
      if (wait !== "always" && !mayPass(error)) throw error;
      this.wait(storage, generation, toVexilError(error));
    });
    return opened === undefined ? NOTHING_TO_WAIT_FOR : this.#unlessAway(opened, storage, generation, wait);
  }

  /** Passes an opened storage on; one whose state cannot be read is waited for instead. */
  #unlessAway(
    { outcomes: opened, scope }: Opened,
    storage: StorageConfig,
    generation: Generation,
    wait: Wait,
  ): OpenedStorage {
    const away = opened.opened.then(
      () => false,
      async (error: unknown) => {
        if (this.#closed.has(scope)) return true;
        if (wait !== "always" && !mayPass(error)) throw error;
        const ended = this.#giveUp(storage.id, scope);
        // At once: whoever closes the storage from now on finds it waiting.
        this.wait(storage, generation, toVexilError(error));
        await ended;
        return true;
      },
    );
    const unlessAway = (outcome: Promise<void>): Promise<void> => away.then((is) => (is ? undefined : outcome));
    const outcomes = {
      opened: unlessAway(opened.opened),
      serving: unlessAway(opened.serving),
      settled: unlessAway(opened.settled),
    };
    for (const outcome of Object.values(outcomes)) outcome.catch(() => undefined);
    return outcomes;
  }

  /**
   * Shows a storage as starting, or failed where waiting alone does not help, and tries to open it until that succeeds.
   * @param error of the first try; undefined: that is still to come, and at once
   */
  wait(storage: StorageConfig, generation: Generation, error?: VexilError): void {
    const { status, snapshots, streams } = this.#parts;
    if (streams.isOver) return;
    status.add(storage);
    for (const info of environmentsOf(storage, generation.config.environments.values(), undefined))
      snapshots.declare(info);
    const tries$ = this.#waiting.add(storage.id, error, (signal) => this.#try(storage, generation, signal));
    streams.add(
      storage.id,
      tries$.pipe(
        map((failed) => this.#notOpened(storage.id, failed)),
        finalize(generation.hold()),
      ),
    );
  }

  /** @returns why it is not open; undefined also where nobody wants it any more */
  async #try(storage: StorageConfig, generation: Generation, signal: AbortSignal): Promise<VexilError | undefined> {
    let opened: Opened | undefined;
    try {
      opened = await this.#open(storage, generation, signal);
      await opened.outcomes.opened;
      return undefined;
    } catch (thrown) {
      if (opened !== undefined) await this.#giveUp(storage.id, opened.scope);
      return signal.aborted || this.#parts.streams.isOver ? undefined : toVexilError(thrown);
    }
  }

  #notOpened(storage: string, { error, inMs }: FailedTry): SyncEvent {
    const at = this.#parts.clock.now();
    // What waiting does not cure needs a user, but users mend things while a daemon runs.
    return mayPass(error)
      ? { type: "open.failed", storage, at, error, nextAt: at + inMs }
      : { type: "rebuild.failed", storage, at, error };
  }

  /** Closes a storage that has no lane, as its state could not be read. */
  #giveUp(id: string, scope: Scope): Promise<void> {
    const { storages } = this.#parts;
    if (storages.scope(id) === scope) storages.remove(id);
    const ended = scope.end();
    this.#ending.set(id, ended);
    return ended;
  }

  /** @param signal aborts what is opened only to be closed again */
  async #open(storage: StorageConfig, generation: Generation, signal?: AbortSignal): Promise<Opened> {
    const { storages, status, streams } = this.#parts;
    // One place is not opened twice at a time.
    await this.#ending.get(storage.id);
    if (streams.isOver) throw draining();
    const release = generation.hold();
    const opened = await this.#openBy(storage, generation).finally(release);
    if (streams.isOver || signal?.aborted === true) {
      await opened.scope.end();
      throw draining();
    }
    status.add(storage);
    storages.add(opened);
    return { outcomes: streams.open(opened.storage), scope: opened.scope };
  }

  async #openBy(storage: StorageConfig, generation: Generation): Promise<ScopedStorage> {
    const plugins = await storagePlugins(storage, generation, this.#authenticators);
    const logger = this.#parts.logger.child({ storage: storage.id });
    return openStorage(this.#parts.scope, storage, generation.config, plugins, logger);
  }

  /** Ends the tries to open a storage, or its ticks, and waits for its work under way. */
  async stop(id: string): Promise<void> {
    const { storages, streams } = this.#parts;
    const scope = storages.scope(id);
    if (scope !== undefined) this.#closed.add(scope);
    // At once: a try may be waiting for the state to be read.
    await Promise.all([this.#waiting.stop(id), streams.close(id), this.#ending.get(id)]);
  }

  /** Ends all tries. */
  close(): Promise<void> {
    return this.#waiting.close();
  }
}

const NOTHING_TO_WAIT_FOR: OpenedStorage = {
  opened: Promise.resolve(),
  serving: Promise.resolve(),
  settled: Promise.resolve(),
};

/** Tells whether a backend that failed to open may be there a while later. */
function mayPass(error: unknown): error is VexilError {
  return VexilError.is(error) && policyOf(error).open === "again";
}
