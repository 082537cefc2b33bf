import type { Config, StorageConfig } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import type { Logger } from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { map } from "rxjs";
import { Authenticators } from "./authenticators.js";
import type { Scope } from "./di/scope.js";
import { token } from "./di/token.js";
import type { OpenedStorage } from "./first-try.js";
import type { Clock } from "./model/clock.js";
import { policyOf } from "./model/error-policy.js";
import type { SyncEvent } from "./model/events.js";
import type { StatusBoard } from "./observe/status-board.js";
import { BackendPluginToken, type Generation } from "./plugins/generation.js";
import { PluginRegistryToken } from "./plugins/plugin-registry.js";
import { openStorage } from "./storage/open-storage.js";
import { environmentsOf } from "./storage/state/branch-set.js";
import type { SnapshotStore } from "./storage/state/snapshot-store.js";
import type { Storages } from "./storage/storages.js";
import type { StorageStreams } from "./storage-streams.js";
import { type FailedTry, WaitingStorages } from "./waiting-storages.js";

/** Dependencies of the storages' lifecycle. */
export interface StorageManagerParts {
  /** The parent of the scopes of storages and credentials. */
  readonly scope: Scope;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly snapshots: SnapshotStore;
  readonly storages: Storages;
  readonly status: StatusBoard;
  readonly streams: StorageStreams;
}

/** Changes that a reload made. */
export interface StorageChanges {
  readonly opened: readonly OpenedStorage[];
  /** Ids. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export const StorageManagerToken = token<StorageManager>("storage-manager");

/** Opens the storages of a configuration, and later brings them to another one without touching what did not change. */
export class StorageManager {
  readonly #parts: StorageManagerParts;
  readonly #authenticators: Authenticators;

  readonly #waiting: WaitingStorages;

  constructor(parts: StorageManagerParts) {
    this.#parts = parts;
    this.#authenticators = new Authenticators(parts.scope);
    this.#waiting = new WaitingStorages(parts.clock);
  }

  /**
   * Opens all storages, side by side. One whose backend is away is tried again by itself. Rejects with the first other
   * failure once every other one has opened or failed too.
   */
  async open(generation: Generation): Promise<ReadonlyMap<string, OpenedStorage>> {
    const wanted = [...generation.config.storages.values()];
    const outcomes = await Promise.allSettled(wanted.map((storage) => this.#openOrWait(storage, generation)));
    const opened = new Map<string, OpenedStorage>();
    const states: Promise<void>[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === "rejected") continue;
      opened.set(wanted[index]?.id ?? "", outcome.value);
      states.push(outcome.value.opened);
    }
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) {
      // What is still being read must not find its backend closed under it.
      await Promise.allSettled(states);
      await this.#waiting.close();
      throw failed.reason;
    }
    return opened;
  }

  /**
   * Goes from one configuration to another: storages and credentials that stay equal are left alone. What cannot be
   * opened is put back as it was, and rejects.
   */
  async change(before: Generation, after: Generation): Promise<StorageChanges> {
    // Those whose backend is still away are not opened now: they go on waiting, as the configuration has them then.
    const waited = this.#waiting.ids;
    for (const id of waited) await this.#waiting.stop(id);
    const isWaiting = (id: string): boolean => waited.includes(id) && this.#parts.storages.get(id) === undefined;
    const waitOn = (generation: Generation): void => {
      for (const storage of generation.config.storages.values()) {
        if (isWaiting(storage.id)) this.#wait(storage, generation);
      }
    };
    try {
      const changes = await this.#changeOpen(before, after, isWaiting);
      for (const id of waited) if (isWaiting(id)) await this.#closeOne(id, after.config);
      waitOn(after);
      return changes;
    } catch (error) {
      waitOn(before);
      throw error;
    }
  }

  async #changeOpen(
    before: Generation,
    after: Generation,
    isWaiting: (id: string) => boolean,
  ): Promise<StorageChanges> {
    const { storages } = this.#parts;
    const stale = storages.all.filter((storage) => !unchanged(storage.id, before.config, after.config));
    const added = [...after.config.storages.values()].filter(
      ({ id }) => storages.get(id) === undefined && !isWaiting(id),
    );
    const opened: OpenedStorage[] = [];
    const undo: (() => Promise<unknown>)[] = [];
    // A push under way still needs the old ones; they end when the storages that used them have.
    const replaced = this.#authenticators.replace(after.config.credentials);
    try {
      for (const storage of added) {
        opened.push(this.#unlessAway(await this.#openOne(storage, after), storage, after));
        undo.push(() => this.#closeOne(storage.id, before.config));
      }
      for (const { id } of stale) {
        await this.#closeOne(id, after.config);
        const old = before.config.storages.get(id);
        if (old !== undefined) undo.push(() => this.#reopen(old, before));
        const next = after.config.storages.get(id);
        if (next === undefined) continue;
        opened.push(this.#unlessAway(await this.#openOne(next, after), next, after));
        undo.push(() => this.#closeOne(id, before.config));
      }
    } catch (error) {
      const left = this.#authenticators.leave(after);
      replaced.putBack();
      for (const step of undo.reverse()) await step().catch(() => undefined);
      await this.#takeBack(before);
      await left.end();
      throw error;
    }
    await replaced.end();
    const kept = (id: string): boolean => after.config.storages.has(id);
    const ids = stale.map(({ id }) => id);
    return {
      opened,
      added: added.map(({ id }) => id),
      changed: ids.filter(kept),
      removed: ids.filter((id) => !kept(id)),
    };
  }

  /** A storage whose environments were another's for a while serves them again. */
  async #takeBack(before: Generation): Promise<void> {
    const { storages, snapshots } = this.#parts;
    for (const { id, branches } of storages.all) {
      const config = before.config.storages.get(id);
      const lost = branches.main.environments.some(({ key }) => snapshots.get(key)?.info.storage !== id);
      if (config === undefined || !lost) continue;
      await this.#closeOne(id, before.config);
      await this.#reopen(config, before).catch(() => undefined);
    }
  }

  /** Opens a storage as it was, up to where it takes writes again. */
  async #reopen(storage: StorageConfig, before: Generation): Promise<void> {
    const { opened } = await this.#openOrWait(storage, before);
    await opened;
  }

  /** Closes a storage; environments that `after` does not have any more go, those of another storage now are left. */
  async #closeOne(id: string, after: Config): Promise<void> {
    const { storages, streams, snapshots, status } = this.#parts;
    await this.#waiting.stop(id);
    const storage = storages.get(id);
    await streams.close(id);
    await storages.scope(id)?.end();
    const stays = new Set([...after.environments.values()].map(({ name }) => name));
    const served = storage?.branches.all().flatMap(({ environments }) => environments);
    for (const { key } of served ?? snapshots.all().map(({ info }) => info)) {
      if (!stays.has(key) && snapshots.get(key)?.info.storage === id) snapshots.remove(key);
    }
    storages.remove(id);
    status.remove(id);
  }

  async close(): Promise<void> {
    await this.#waiting.close();
    await this.#parts.storages.end();
    await this.#authenticators.close();
  }

  /** Opens a storage, or waits for its backend where that may help. */
  async #openOrWait(storage: StorageConfig, generation: Generation): Promise<OpenedStorage> {
    const opened = await this.#openOne(storage, generation).catch((error: unknown) => {
      if (!mayPass(error)) throw error;
      this.#wait(storage, generation, error);
    });
    return opened === undefined ? NOTHING_TO_WAIT_FOR : this.#unlessAway(opened, storage, generation);
  }

  /** Passes an opened storage on; one whose backend is away by the time its state is read is waited for instead. */
  #unlessAway(opened: OpenedStorage, storage: StorageConfig, generation: Generation): OpenedStorage {
    const away = opened.opened.then(
      () => false,
      async (error: unknown) => {
        if (!mayPass(error)) throw error;
        await this.#giveUp(storage.id);
        this.#wait(storage, generation, error);
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

  /** Shows a storage as starting, and tries to open it until that succeeds. */
  #wait(storage: StorageConfig, generation: Generation, error?: VexilError): void {
    const { status, snapshots } = this.#parts;
    status.add(storage);
    for (const info of environmentsOf(storage, generation.config.environments.values(), undefined))
      snapshots.declare(info);
    const tries$ = this.#waiting.add(storage.id, error, async () => {
      try {
        await (await this.#openOne(storage, generation)).opened;
        return undefined;
      } catch (thrown) {
        await this.#giveUp(storage.id);
        return toVexilError(thrown);
      }
    });
    this.#parts.streams.add(tries$.pipe(map((failed) => this.#notOpened(storage.id, failed))));
  }

  #notOpened(storage: string, { error, inMs }: FailedTry): SyncEvent {
    const at = this.#parts.clock.now();
    // What waiting does not cure needs a user, but users mend things while a daemon runs.
    return mayPass(error)
      ? { type: "open.failed", storage, at, error, nextAt: at + inMs }
      : { type: "rebuild.failed", storage, at, error };
  }

  /** Closes a storage that has no lane, as its state could not be read. */
  async #giveUp(id: string): Promise<void> {
    const scope = this.#parts.storages.scope(id);
    this.#parts.storages.remove(id);
    await scope?.end();
  }

  async #openOne(storage: StorageConfig, generation: Generation): Promise<OpenedStorage> {
    const { storages, status, streams } = this.#parts;
    const plugin = await generation.scope.named(BackendPluginToken, storage.backend.type);
    const registry = await generation.scope.get(PluginRegistryToken);
    const plugins = {
      capabilities: plugin.capabilities,
      createBackend: () => plugin.create(storage),
      createSigner: () => registry.createSigner(storage),
      authenticator: () => this.#authenticators.get(storage.credentials ?? "", generation),
    };
    const logger = this.#parts.logger.child({ storage: storage.id });
    const opened = await openStorage(this.#parts.scope, storage, generation.config, plugins, logger);
    status.add(storage);
    storages.add(opened);
    return streams.open(opened.storage);
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

/** Tells whether a storage, its environments and its credential are the same in both configurations. */
function unchanged(id: string, before: Config, after: Config): boolean {
  const of = (config: Config) => {
    const storage = config.storages.get(id);
    return {
      storage,
      environments: [...config.environments.values()].filter((environment) => environment.storage === id),
      credential: storage?.credentials === undefined ? undefined : config.credentials.get(storage.credentials),
      templates: config.templates,
    };
  };
  return sameSettings(of(before), of(after));
}
