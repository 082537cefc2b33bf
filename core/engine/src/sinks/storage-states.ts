import type { ServedState, StorageStateEvent } from "@vexil/plugin-api";
import type { Subscription } from "rxjs";
import type { Clock } from "../model/clock.js";
import type { StatusReader } from "../model/storage-status.js";
import { eventId } from "./event-id.js";

/** Changes that are kept for readers that are a little behind. */
const KEPT = 200;

interface KnownState {
  readonly state: ServedState;
  readonly since: number;
  readonly error: StorageStateEvent["error"];
}

/** States of storages for many readers: how they are, and what changed of late. */
export class StorageStates {
  readonly #status: Pick<StatusReader, "summaries" | "changes$">;
  readonly #clock: Pick<Clock, "now">;
  readonly #known = new Map<string, KnownState>();
  readonly #changes: StorageStateEvent[] = [];
  readonly #following: Subscription;
  #newest = 0;

  /** @param changed called when there is something to tell */
  constructor(status: Pick<StatusReader, "summaries" | "changes$">, clock: Pick<Clock, "now">, changed: () => void) {
    this.#status = status;
    this.#clock = clock;
    this.#look();
    this.#following = status.changes$.subscribe(() => {
      const before = this.#newest;
      this.#look();
      if (this.#newest > before) changed();
    });
  }

  /** Number of the newest change. */
  get newest(): number {
    return this.#newest;
  }

  /** Storages that are not ready. */
  unready(): ReadonlyMap<string, ServedState> {
    return new Map([...this.#known].flatMap(([id, { state }]) => (state === "ready" ? [] : [[id, state]])));
  }

  /** Changes after one; undefined: some of them are forgotten. */
  since(seen: number): readonly StorageStateEvent[] | undefined {
    const missed = this.#newest - seen;
    if (missed > this.#changes.length) return undefined;
    return missed === 0 ? [] : this.#changes.slice(-missed);
  }

  /** Differences from the states that were told last, as one change each. */
  difference(told: (storage: string) => ServedState): readonly StorageStateEvent[] {
    return [...this.#known].flatMap(([id, known]) => {
      const before = told(id);
      return before === known.state ? [] : [eventOf(id, before, known)];
    });
  }

  close(): void {
    this.#following.unsubscribe();
  }

  #look(): void {
    for (const { id, state, lastError } of this.#status.summaries()) {
      const before = this.#known.get(id)?.state ?? "ready";
      if (state === "starting" || (state === before && this.#known.has(id))) continue;
      const error =
        state === "ready" || lastError === undefined ? undefined : { code: lastError.code, message: lastError.message };
      const known = { state, since: this.#clock.now(), error };
      this.#known.set(id, known);
      if (state === before) continue;
      this.#newest += 1;
      this.#changes.push(eventOf(id, before, known));
      if (this.#changes.length > KEPT) this.#changes.shift();
    }
  }
}

function eventOf(storage: string, before: ServedState, { state, since, error }: KnownState): StorageStateEvent {
  const id = eventId("storage", storage, since, before, state);
  const time = new Date(since).toISOString();
  return { version: 1, id, time, storage, kind: "storage", before, after: state, error };
}
