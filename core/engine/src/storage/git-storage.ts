import type { StorageConfig } from "@vexil/config/config";
import type { Remote } from "@vexil/git/remote/remote";
import type { Repository } from "@vexil/git/repository-view";
import type { Lease } from "@vexil/plugin-api";
import type { Phase } from "../model/storage-phase.js";
import type { DeepenedHistory } from "./fetch/deepened-history.js";
import type { StorageFetches } from "./fetch/storage-fetches.js";
import type { Timeline } from "./past/timeline.js";
import type { PublicRepository } from "./serve/public-repository.js";
import type { BranchSet } from "./state/branch-set.js";
import type { StorageState } from "./state/storage-state.js";
import type { CommitSeals } from "./write/commit-seals.js";
import type { StorageWrites } from "./write/storage-writes.js";

/**
 * One storage: a backend, perhaps a remote, and the environments it serves. The steps of its parts run one at a time in
 * the storage's lane, but for downloads and pushes, which run beside them.
 */
export class GitStorage {
  readonly config: StorageConfig;
  readonly repository: Repository;
  /** undefined: there is none. */
  readonly remote: Remote | undefined;
  readonly branches: BranchSet;
  readonly phase: Phase;
  /** State of the backend, and what serves it. */
  readonly state: StorageState;
  /** Fetches from the remote. */
  readonly fetches: StorageFetches;
  /** Writes to the backend and the remote. */
  readonly writes: StorageWrites;
  readonly history: DeepenedHistory;
  /** Past states of the environments. */
  readonly timeline: Timeline;
  /** Tells which commits are its daemons' own. */
  readonly seals: CommitSeals;
  /** The part of it that git clients get. */
  readonly published: PublicRepository;

  constructor(
    config: StorageConfig,
    repository: Repository,
    remote: Remote | undefined,
    branches: BranchSet,
    phase: Phase,
    state: StorageState,
    fetches: StorageFetches,
    writes: StorageWrites,
    history: DeepenedHistory,
    timeline: Timeline,
    seals: CommitSeals,
    published: PublicRepository,
  ) {
    this.config = config;
    this.repository = repository;
    this.remote = remote;
    this.branches = branches;
    this.phase = phase;
    this.state = state;
    this.fetches = fetches;
    this.writes = writes;
    this.history = history;
    this.timeline = timeline;
    this.seals = seals;
    this.published = published;
  }

  get id(): string {
    return this.config.id;
  }

  /** There is something to serve. */
  get hasState(): boolean {
    return this.branches.main.known.head !== undefined;
  }

  get hasRemote(): boolean {
    return this.remote !== undefined;
  }

  /** Tries to become the one that polls; undefined where the backend is not shared. */
  get lease(): ((signal: AbortSignal) => Promise<Lease | undefined>) | undefined {
    const { backend } = this.repository;
    const { lease } = backend;
    return lease === undefined ? undefined : (signal) => lease.call(backend, "poll", signal);
  }

  watch(changed: () => void, signal: AbortSignal): void {
    this.repository.backend.watch?.(changed, signal);
  }
}
