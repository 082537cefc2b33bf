import type { CommitInfo, Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api/time-slice";

/** Depths to which the past is fetched one after the other: most often a young commit is asked for. */
const DEPTHS = [64, 512, 2_000, 10_000, 50_000];

/** A branch's past, and how more of it comes. */
export interface HistorySource {
  readonly repository: Repository;
  /** The commit that `HEAD` stands for. */
  readonly head: Oid;
  /** Commits that are looked through where any commit may be named; undefined: only what the head reaches may. */
  readonly tips?: (() => Promise<readonly Oid[]>) | undefined;
  /** Commits below the head that are fetched at most. */
  readonly historyDepth: number;
  /** Fetches older commits from the remote; undefined: what is stored is all there is. */
  readonly deepen?: ((depth: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/** Commits of a branch's past. Where the stored past ends, more of it is fetched, as far as the limit goes. */
export class EnvironmentHistory {
  readonly repository: Repository;
  readonly head: Oid;
  readonly #source: HistorySource;
  readonly #signal: AbortSignal;
  readonly #depths: number[];
  readonly #slice = new TimeSlice();

  constructor(source: HistorySource, signal: AbortSignal) {
    this.#source = source;
    this.repository = source.repository;
    this.head = source.head;
    this.#signal = signal;
    const { historyDepth, deepen } = source;
    // One more than is looked at: the newest is the head itself.
    const depths = [...DEPTHS.filter((depth) => depth < historyDepth), historyDepth].map((depth) => depth + 1);
    this.#depths = deepen === undefined ? [] : depths;
  }

  /** Any commit that is stored may be named. */
  get isOpen(): boolean {
    return this.#source.tips !== undefined;
  }

  /** Commits whose history is looked through. */
  async tips(): Promise<readonly Oid[]> {
    return this.#source.tips === undefined ? [this.head] : this.#source.tips();
  }

  /** @returns undefined where the past is not stored, and cannot be fetched */
  async commit(oid: Oid): Promise<CommitInfo | undefined> {
    for (;;) {
      this.#signal.throwIfAborted();
      if (this.#slice.due) await this.#slice.next();
      const commit = await this.repository.readCommit(oid);
      if (commit !== undefined || !(await this.deeper())) return commit;
    }
  }

  /** A commit as far as it is stored. */
  stored(oid: Oid): Promise<CommitInfo | undefined> {
    return this.repository.readCommit(oid);
  }

  /** Fetches the next part of the past; false: there is none. */
  async deeper(): Promise<boolean> {
    const depth = this.#depths.shift();
    if (depth === undefined || this.#source.deepen === undefined) return false;
    await this.#source.deepen(depth, this.#signal);
    return true;
  }

  /** Fetches all that may be fetched: a poll has let go of what was read before. */
  async refetch(): Promise<boolean> {
    this.#depths.splice(0, this.#depths.length - 1);
    return this.deeper();
  }
}
