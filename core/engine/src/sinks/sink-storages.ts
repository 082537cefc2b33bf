import { join } from "node:path";
import type { SinkConfig } from "@vexil/config/config";
import type { Logger } from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../model/clock.js";
import { logEvent } from "../observe/catalogue.js";
import type { GitStorage } from "../storage/git-storage.js";
import type { Storages } from "../storage/storages.js";
import type { StorageStreams } from "../storage-streams.js";
import { type Cursors, RefCursors } from "./cursors.js";
import type { SinkStorage } from "./environment-delivery.js";
import { KeptCursors } from "./kept-cursors.js";
import { KeptState } from "./kept-state.js";
import { SinkLease } from "./sink-lease.js";

/** Parts of the storages of one sink. */
export interface SinkStoragesParts {
  readonly config: Pick<SinkConfig, "name">;
  readonly storages: Pick<Storages, "get" | "ofEnvironment">;
  readonly streams: Pick<StorageStreams, "get">;
  readonly isDurable: (storage: string) => boolean;
  /** Where files of this sink are kept. */
  readonly directory: string;
  /** Lets few states be built at the same time. */
  readonly turn: <T>(job: () => Promise<T>) => Promise<T>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  /** Called when what happens in a storage becomes this daemon's to deliver. */
  readonly taken: (storage: string) => void;
}

interface OpenStorage {
  readonly storage: GitStorage;
  readonly lease: SinkLease;
  readonly cursors: Promise<Cursors>;
}

/** Storages as one sink sees them: where it stands, and whether it is this daemon that delivers. */
export class SinkStorages {
  readonly #parts: SinkStoragesParts;
  readonly #open = new Map<string, OpenStorage>();
  readonly #kept = new Map<string, Promise<KeptState>>();
  #isTold = false;

  constructor(parts: SinkStoragesParts) {
    this.#parts = parts;
  }

  /**
   * The storage of an environment; undefined while another daemon delivers what happens there.
   * @throws VexilError `VEXIL_UNAVAILABLE_STORAGE` while it is not open
   */
  async ofEnvironment(environment: string): Promise<SinkStorage | undefined> {
    const { storages, streams, turn } = this.#parts;
    const storage = storages.ofEnvironment(environment);
    const running = storage === undefined ? undefined : streams.get(storage.id);
    if (storage === undefined || running === undefined) {
      throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", `the storage of environment ${environment} is not open`);
    }
    const { lease, cursors } = this.#of(storage);
    if (!lease.isHeld) return undefined;
    return {
      storage,
      cursors: await cursors,
      beside: (work) => turn(() => running.beside(work)),
    };
  }

  /** Tells whether this daemon is the one that tells of a storage's states. */
  isHeld(id: string): boolean {
    const storage = this.#parts.storages.get(id);
    // One that cannot be opened has no backend to ask.
    return storage === undefined || this.#of(storage).lease.isHeld;
  }

  /** State that the sink was told of a storage that the storage itself does not keep. */
  kept(id: string): Promise<KeptState> {
    const known = this.#kept.get(id);
    if (known !== undefined) return known;
    const { directory, logger, config } = this.#parts;
    const file = join(directory, `${encodeURIComponent(id)}.json`);
    const opening = KeptState.open(file, (error) => {
      // Once: whatever is told next fails in the same way.
      if (this.#isTold) return;
      this.#isTold = true;
      logEvent(logger, "sink.unkept", { sink: config.name, file, reason: toVexilError(error).message });
    });
    this.#kept.set(id, opening);
    return opening;
  }

  /** Forgets where the sink stands in an environment that is gone. */
  async forget(environment: string, id: string): Promise<void> {
    const { storages, streams } = this.#parts;
    const storage = storages.get(id);
    if (storage === undefined || !this.isHeld(id)) return;
    const cursors = await this.#of(storage).cursors;
    await streams.get(id)?.beside(() => cursors.forget(environment));
  }

  end(): void {
    for (const { lease } of this.#open.values()) lease.end();
    this.#open.clear();
  }

  #of(storage: GitStorage): OpenStorage {
    const { id } = storage;
    const known = this.#open.get(id);
    if (known?.storage === storage) return known;
    // It was opened anew.
    known?.lease.end();
    const { config, clock, stop, taken } = this.#parts;
    const lease = new SinkLease(storage, config.name, clock, stop, () => taken(id));
    const opened = { storage, lease, cursors: this.#cursors(storage) };
    this.#open.set(id, opened);
    return opened;
  }

  async #cursors({ id, repository, hasRemote }: GitStorage): Promise<Cursors> {
    const { config, isDurable } = this.#parts;
    const refs = new RefCursors(repository.backend.refs, config.name);
    return isDurable(id) || !hasRemote ? refs : new KeptCursors(refs, await this.kept(id));
  }
}
