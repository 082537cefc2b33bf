import type { Backend, Oid } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import type { RemoteSync } from "../fetch/remote-sync.js";
import { releaseMemory } from "../release-memory.js";

/** Age above which an unreachable object is in use by no step under way and no reader of the last state. */
const PRUNE_AFTER_MS = 10_000;
/** A past that was fetched for a reader is needed for a while; the next poll cuts the history again. */
const PAST_READ_FOR_MS = 60_000;

/** Lets objects go that nobody needs any more. */
export class Pruner {
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #takesMemory: boolean;
  readonly #sync: Pick<RemoteSync, "deepenedAt"> | undefined;
  /** The newest commit of the group that is on its way to the remote: no ref reaches it yet. */
  #pushing: readonly Oid[] = [];
  /** Objects that somebody outside is reading. */
  #read: () => ReadonlyMap<Oid, unknown> = () => new Map();
  /** When the first of what waits, and the last, may go; by `Clock.elapsed()`. */
  #dueAt = Number.POSITIVE_INFINITY;
  #lastDueAt = Number.POSITIVE_INFINITY;

  /** @param takesMemory the backend's objects lie in memory */
  constructor(backend: Backend, clock: Clock, takesMemory: boolean, sync: Pick<RemoteSync, "deepenedAt"> | undefined) {
    this.#backend = backend;
    this.#clock = clock;
    this.#takesMemory = takesMemory;
    this.#sync = sync;
  }

  /** Keeps commits that are on their way to the remote, in place of those before. */
  keep(pushing: readonly Oid[]): void {
    this.#pushing = pushing;
  }

  /** Spares objects that are asked for each time, and what they reach. */
  spare(read: () => ReadonlyMap<Oid, unknown>): void {
    this.#read = read;
  }

  /**
   * Schedules another prune for objects that are too young now, where they take memory. Who fails again and again does
   * not put it off.
   */
  later(): void {
    this.#lastDueAt = this.#clock.elapsed() + PRUNE_AFTER_MS;
    this.#dueAt = Math.min(this.#dueAt, this.#lastDueAt);
  }

  /** Does what {@link later} has put off, once it is time. */
  async ifDue(): Promise<void> {
    const now = this.#clock.elapsed();
    if (now <= this.#dueAt) return;
    this.#dueAt = now <= this.#lastDueAt ? this.#lastDueAt : Number.POSITIVE_INFINITY;
    if (this.#takesMemory) await this.prune();
    releaseMemory();
  }

  /** Removes objects that no ref reaches any more, but for the commits on their way to the remote. */
  async prune(): Promise<void> {
    const refs = await this.#backend.refs.list("");
    const roots = new Set([...refs.values(), ...this.#pushing, ...this.#read().keys()]);
    const reads = this.#clock.elapsed() - (this.#sync?.deepenedAt ?? Number.NEGATIVE_INFINITY) < PAST_READ_FOR_MS;
    await this.#backend.prune?.({
      roots: [...roots],
      keepNewerThanMs: reads ? PAST_READ_FOR_MS : PRUNE_AFTER_MS,
    });
  }
}
