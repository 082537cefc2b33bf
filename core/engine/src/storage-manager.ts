import type { Config, StorageConfig } from "@vexil/config/config";
import { sameSettings } from "@vexil/config/same-settings";
import { Authenticators } from "./authenticators.js";
import { token } from "./di/token.js";
import type { OpenedStorage } from "./first-try.js";
import { atMost } from "./model/deadlines.js";
import type { Generation } from "./plugins/generation.js";
import { StorageOpener, type StorageOpenerParts } from "./storage-opener.js";

/** Changes that a reload made. */
export interface StorageChanges {
  readonly opened: readonly OpenedStorage[];
  /** Ids. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** A reload under way when the daemon stops gets so long to see it. */
const CLOSE_MS = 2_000;

export const StorageManagerToken = token<StorageManager>("storage-manager");

/** Opens the storages of a configuration, and later brings them to another one without touching what did not change. */
export class StorageManager {
  readonly #parts: StorageOpenerParts;
  readonly #authenticators: Authenticators;
  readonly #opener: StorageOpener;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(parts: StorageOpenerParts) {
    this.#parts = parts;
    this.#authenticators = new Authenticators(parts.scope);
    this.#opener = new StorageOpener(parts, this.#authenticators);
  }

  /**
   * Opens all storages, side by side. One whose backend is away is tried again by itself. Rejects with the first other
   * failure once every other one has opened or failed too.
   */
  async open(generation: Generation): Promise<ReadonlyMap<string, OpenedStorage>> {
    const wanted = [...generation.config.storages.values()];
    const outcomes = await Promise.allSettled(
      wanted.map((storage) => this.#opener.openOrWait(storage, generation, "if-it-may-pass")),
    );
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
      await this.#opener.close();
      throw failed.reason;
    }
    return opened;
  }

  /**
   * Goes from one configuration to another: storages and credentials that stay equal are left alone. What cannot be
   * opened is put back as it was, and rejects.
   */
  change(before: Generation, after: Generation): Promise<StorageChanges> {
    const changing = this.#change(before, after);
    this.#changing = changing.catch(() => undefined);
    return changing;
  }

  async #change(before: Generation, after: Generation): Promise<StorageChanges> {
    // Those whose backend is still away are not opened now: they go on waiting, as the configuration has them then.
    const waited = this.#opener.waiting.filter((id) => !unchanged(id, before.config, after.config));
    for (const id of waited) await this.#opener.stop(id);
    const isWaiting = (id: string): boolean => waited.includes(id) && this.#parts.storages.get(id) === undefined;
    const waitOn = (generation: Generation): void => {
      for (const storage of generation.config.storages.values()) {
        if (isWaiting(storage.id)) this.#opener.wait(storage, generation);
      }
    };
    try {
      const changes = await this.#changeOpen(before, after, isWaiting);
      const waiting = waited.filter(isWaiting);
      for (const id of waiting) await this.#closeOne(id, after.config);
      waitOn(after);
      const stays = (id: string): boolean => after.config.storages.has(id);
      return {
        ...changes,
        changed: [...changes.changed, ...waiting.filter(stays)],
        removed: [...changes.removed, ...waiting.filter((id) => !stays(id))],
      };
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
    const { storages, streams } = this.#parts;
    const stale = storages.all.filter(({ id }) => streams.isBroken(id) || !unchanged(id, before.config, after.config));
    const added = [...after.config.storages.values()].filter(
      ({ id }) => storages.get(id) === undefined && !this.#opener.waiting.includes(id) && !isWaiting(id),
    );
    const opened: OpenedStorage[] = [];
    const undo: (() => Promise<unknown>)[] = [];
    const takeovers: (() => void)[] = [];
    // A push under way still needs the old ones; they end when the storages that used them have.
    const replaced = this.#authenticators.replace(after.config.credentials);
    try {
      for (const storage of added) {
        opened.push(await this.#opener.open(storage, after));
        undo.push(() => this.#closeOne(storage.id, before.config));
      }
      for (const { id } of stale) {
        const next = after.config.storages.get(id);
        const end = next === undefined ? () => undefined : storages.takeovers.begin(id);
        takeovers.push(end);
        await this.#closeOne(id, after.config);
        const old = before.config.storages.get(id);
        if (old !== undefined) undo.push(() => this.#reopen(old, before));
        if (next === undefined) continue;
        const successor = await this.#opener.open(next, after);
        opened.push(successor);
        void this.#takesWrites(id, successor).then(end);
        undo.push(() => this.#closeOne(id, before.config));
      }
    } catch (error) {
      const left = this.#authenticators.leave(after);
      replaced.putBack();
      for (const step of undo.reverse()) await step().catch(() => undefined);
      await this.#takeBack(before);
      for (const end of takeovers) end();
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

  /** Resolves when a storage takes writes, or there is nothing more to wait for. */
  async #takesWrites(id: string, { opened, settled }: OpenedStorage): Promise<void> {
    await opened.catch(() => undefined);
    // What its backend does not hold comes with the first poll.
    if (this.#parts.storages.get(id)?.hasState === false) await settled.catch(() => undefined);
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

  /** Opens a storage as it was, up to where it takes writes again, or is waited for. */
  async #reopen(storage: StorageConfig, before: Generation): Promise<void> {
    const { opened } = await this.#opener.openOrWait(storage, before, "always");
    await opened;
  }

  /**
   * Closes a storage. What it served of environments that `after` still has is served on, with the branches of those that
   * stay in the storage; environments of another storage now are left to that.
   */
  async #closeOne(id: string, after: Config): Promise<void> {
    const { storages, snapshots, status } = this.#parts;
    const storage = storages.get(id);
    await this.#opener.stop(id);
    await storages.scope(id)?.end();
    const stays = new Set([...after.environments.values()].map(({ name }) => name));
    const own = new Set([...after.environments.values()].flatMap(({ name, storage }) => (storage === id ? name : [])));
    const served = storage?.branches.all().flatMap(({ environments }) => environments);
    for (const { key } of served ?? snapshots.all().map(({ info }) => info)) {
      const isKept = stays.has(key) || own.has(snapshots.rootOf(key));
      if (!isKept && snapshots.get(key)?.info.storage === id) snapshots.remove(key);
    }
    storages.remove(id);
    const next = after.storages.get(id);
    if (next === undefined) status.remove(id);
    else status.add(next);
  }

  /** To be called once the streams have drained. */
  async close(): Promise<void> {
    await Promise.all([this.#opener.close(), atMost(this.#parts.clock, CLOSE_MS, this.#changing)]);
    await this.#parts.storages.end();
    await this.#authenticators.close();
  }
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
