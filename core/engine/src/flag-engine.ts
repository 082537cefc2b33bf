import type { Config } from "@vexil/config/config";
import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { WriteRequest, WriteResult } from "@vexil/flags/edit/change";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "./model/clock.js";
import { abortedBy, within } from "./model/deadlines.js";
import type {
  BranchRequest,
  Engine,
  HistoryPage,
  HistoryQuery,
  ItemSource,
  SourcesQuery,
  UploadWork,
} from "./model/engine.js";
import type { PastReader } from "./model/past.js";
import type { StorageStatus } from "./model/storage-status.js";
import type { WritePreview } from "./model/write-preview.js";
import type { StatusBoard } from "./observe/status-board.js";
import type { RunningStorage } from "./running-storage.js";
import type { GitStorage } from "./storage/git-storage.js";
import { readSources } from "./storage/history/item-sources.js";
import { KnownSources } from "./storage/history/known-sources.js";
import { readHistory } from "./storage/history/read-history.js";
import { createBranch, deleteBranch, type WaitedRequest } from "./storage/state/branch-environments.js";
import type { SnapshotStore } from "./storage/state/snapshot-store.js";
import type { Storages } from "./storage/storages.js";
import type { PendingWrite } from "./storage/write/prepared-writes.js";
import type { StorageStreams } from "./storage-streams.js";

/** A storage that takes writes, and its stream. */
interface OpenStorage {
  readonly storage: GitStorage;
  readonly running: RunningStorage;
}

/** Sources of items of each storage that were found before. */
const sources = new WeakMap<GitStorage, KnownSources>();

/** Dependencies of the engine. */
export interface FlagEngineParts {
  readonly config: () => Config;
  readonly storages: Storages;
  readonly snapshots: SnapshotStore;
  readonly status: StatusBoard;
  readonly streams: StorageStreams;
  readonly clock: Clock;
}

const QUEUE_RETRY_MS = 1_000;
const REMOTE_STEP_MS = 60_000;

/** {@link Engine} over the machine: checks whether a storage takes writes, then hands them to it. */
export class FlagEngine implements Engine {
  readonly past: PastReader = {
    resolve: (environment, expression, signal) =>
      this.#beside(environment, ({ timeline }) => timeline.resolve(environment, expression, signal)),
    snapshot: (environment, revision, signal) =>
      this.#beside(environment, ({ timeline }) => timeline.snapshot(environment, revision, signal)),
    read: (environment, signal, work) =>
      this.#beside(environment, ({ timeline }) => timeline.read(environment, signal, work)),
  };
  readonly #parts: FlagEngineParts;

  constructor(parts: FlagEngineParts) {
    this.#parts = parts;
  }

  async write(request: WriteRequest): Promise<WriteResult> {
    const { running, write } = await this.#arrived(request, ({ waitingWrites }) => waitingWrites);
    return running.write(write);
  }

  async preview(request: WriteRequest, signal: AbortSignal): Promise<WritePreview> {
    const { running, write } = await this.#arrived(request, ({ waitingPreviews }) => waitingPreviews);
    return this.#within((step) => running.preview(write, step), signal);
  }

  /** A write as its storage takes it, once that is open and has room. */
  async #arrived(
    request: WriteRequest,
    waiting: (running: RunningStorage) => number,
  ): Promise<{ readonly running: RunningStorage; readonly write: PendingWrite }> {
    const arrivedAt = this.#parts.clock.elapsed();
    const wait = this.#takeover(request.environment);
    if (wait !== undefined) await wait;
    const { storage, running } = this.#writable(request.environment);
    const found = storage.branches.ofEnvironment(request.environment);
    if (found === undefined) throw unknownEnvironment(request.environment);
    this.#requireRoom(storage.id, waiting(running));
    const { branch } = found;
    const waitedMs = this.#parts.clock.elapsed() - arrivedAt;
    return { running, write: { request, branch, arrived: branch.known.sequence, arrivedAt, waitedMs } };
  }

  /** A reload that replaces the environment's storage is waited for; undefined where there is none. */
  #takeover(environment: string): Promise<void> | undefined {
    const { snapshots, storages, clock } = this.#parts;
    const { takeovers } = storages;
    const id = snapshots.get(environment)?.info.storage;
    if (id === undefined || !takeovers.isUnderWay(id)) return undefined;
    this.#requireRoom(id, takeovers.waitingFor(id));
    const { remote, timeouts } = this.#parts.config().storages.get(id) ?? {};
    return takeovers.wait(id, clock, remote === undefined ? undefined : timeouts?.pushMs);
  }

  #requireRoom(id: string, waiting: number): void {
    const limit = this.#parts.config().server.writeQueue;
    if (waiting < limit) return;
    throw new VexilError("VEXIL_OVERLOADED_QUEUE", `${limit} writes are waiting for storage ${id}; try again soon`, {
      details: { retryAfterMs: QUEUE_RETRY_MS },
    });
  }

  async createBranch(request: BranchRequest): Promise<EnvironmentInfo> {
    const { clock, snapshots } = this.#parts;
    return this.#changeBranches(request, (waited, { storage, running }, signal) =>
      createBranch(waited, storage, snapshots, running, clock, signal),
    );
  }

  async deleteBranch(request: BranchRequest): Promise<void> {
    return this.#changeBranches(request, (waited, { storage, running }, signal) =>
      deleteBranch(waited, storage, running, this.#parts.clock, signal),
    );
  }

  async #changeBranches<T>(
    request: BranchRequest,
    change: (waited: WaitedRequest, open: OpenStorage, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { clock } = this.#parts;
    const arrivedAt = clock.elapsed();
    const wait = this.#takeover(request.base);
    if (wait !== undefined) await wait;
    const open = this.#writable(request.base);
    const waited = { ...request, waitedMs: clock.elapsed() - arrivedAt };
    return open.running.beside(() => this.#within((signal) => change(waited, open, signal)));
  }

  async history(query: HistoryQuery): Promise<HistoryPage> {
    return this.#beside(query.environment, (storage) => this.#within((signal) => readHistory(query, storage, signal)));
  }

  /** Reads the storage of an environment; it is not closed before that has ended. */
  async #beside<T>(environment: string, read: (storage: GitStorage) => Promise<T>): Promise<T> {
    const storage = this.#parts.storages.ofEnvironment(environment);
    if (storage === undefined) throw this.#unserved(environment);
    // One that is being opened, or was closed, is read as far as it can be.
    return this.#parts.streams.get(storage.id)?.beside(() => read(storage)) ?? read(storage);
  }

  async sources(query: SourcesQuery): Promise<readonly ItemSource[]> {
    const { storages, clock } = this.#parts;
    if (storages.ofEnvironment(query.environment) === undefined) return query.items.map(({ file }) => ({ file }));
    return this.#beside(query.environment, (storage) => {
      const known = sources.get(storage) ?? new KnownSources();
      sources.set(storage, known);
      const { builder } = storage.state;
      return readSources(query, {
        past: this.past,
        clock,
        historyDepth: storage.config.limits.historyDepth,
        known,
        extents: (path, oid, bytes, places) => builder.extents(path, oid, bytes, places),
      });
    });
  }

  #within<T>(step: (signal: AbortSignal) => Promise<T>, also?: AbortSignal): Promise<T> {
    return within(this.#parts.clock, REMOTE_STEP_MS, step, also === undefined ? {} : { also });
  }

  async upload<T>(id: string, signal: AbortSignal, work: UploadWork<T>): Promise<T> {
    const { streams, storages, status } = this.#parts;
    const running = streams.get(id);
    const storage = storages.get(id);
    if (running === undefined || storage === undefined) {
      throw status.summary(id) === undefined ? unknownStorage(id) : this.#notOpen(id);
    }
    // Before the first poll there is nothing, which must not look like a repository that is empty.
    if (storage.hasRemote && !storage.hasState) throw this.#notOpen(id);
    const upload = (either: AbortSignal): Promise<T> => storage.published.use(either, (source) => work(source, either));
    return running.beside(() => abortedBy([signal, running.draining], upload));
  }

  sync(id: string): Promise<StorageStatus> | undefined {
    const running = this.#parts.streams.get(id);
    if (running !== undefined) return this.#sync(id, running);
    return this.#parts.status.summary(id) === undefined ? undefined : Promise.reject(this.#notOpen(id));
  }

  async #sync(id: string, running: RunningStorage): Promise<StorageStatus> {
    await running.nudge();
    const status = this.#parts.status.storage(id);
    if (status === undefined) throw unknownStorage(id);
    return status;
  }

  /** An environment that no open storage has: nobody knows it, or its storage is not open yet, or again. */
  #unserved(environment: string): VexilError {
    const info = this.#parts.snapshots.get(environment)?.info;
    return info === undefined ? unknownEnvironment(environment) : this.#notOpen(info.storage);
  }

  #notOpen(id: string): VexilError {
    const { state, lastError } = this.#parts.status.summary(id) ?? {};
    const brief = `storage ${id} ${state === "failed" ? "failed" : "is starting"}`;
    if (lastError === undefined) return unavailable(`${brief}: it is being opened; try again soon`);
    return unavailable(`${brief}: ${lastError.message}`, `${brief}: ${lastError.step}`);
  }

  #writable(environment: string): OpenStorage {
    const storage = this.#parts.storages.ofEnvironment(environment);
    const running = storage === undefined ? undefined : this.#parts.streams.get(storage.id);
    if (storage === undefined) throw this.#unserved(environment);
    if (storage.config.readOnly) {
      throw new VexilError(
        "VEXIL_REFUSED_READ_ONLY",
        `storage ${storage.id} is read-only (storage.${storage.id}.read_only)`,
      );
    }
    const status = this.#parts.status.summary(storage.id);
    if (status?.state === "failed") {
      const { step = "backend", message = "unknown" } = status.lastError ?? {};
      const brief = `storage ${storage.id} failed: ${step}`;
      throw unavailable(`${brief}: ${message}; nothing was written`, `${brief}; nothing was written`);
    }
    if (running === undefined) {
      throw unavailable(`storage ${storage.id} is being opened again; nothing was written, try again soon`);
    }
    if (this.#parts.snapshots.get(environment)?.snapshot === undefined) {
      throw unavailable(`storage ${storage.id} has no state yet; nothing was written`);
    }
    return { storage, running };
  }
}

function unknownStorage(id: string): VexilError {
  return new VexilError("VEXIL_NOT_FOUND", `storage "${id}" not found`);
}

function unknownEnvironment(key: string): VexilError {
  return new VexilError("VEXIL_NOT_FOUND", `environment: "${key}" not found`);
}

/** @param brief the same without what the storage's own error says, for whoever may not read that */
function unavailable(message: string, brief?: string): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_STORAGE", message, brief === undefined ? {} : { details: { brief } });
}
