import type { ServedState, SinkEvent, StorageStateEvent } from "@vexil/plugin-api";
import type { Clock } from "../model/clock.js";
import type { StorageSummary } from "../model/storage-status.js";
import { eventId } from "./event-id.js";
import type { KeptState } from "./kept-state.js";
import type { SinkTarget } from "./sink-target.js";

/** States of a storage that wait to be told; of more the newest counts. */
const MOST_WAITING = 100;

interface SeenState {
  readonly state: ServedState;
  readonly at: number;
  readonly error: StorageStateEvent["error"];
}

/**
 * Tells a sink in which state a storage is. What is told is the difference from what was told last, so that nothing is
 * missing after a restart but what was over before anybody could be told.
 */
export class StateDelivery {
  readonly #storage: string;
  readonly #kept: KeptState;
  readonly #clock: Pick<Clock, "now">;
  readonly #waiting: SeenState[] = [];

  constructor(storage: string, kept: KeptState, clock: Pick<Clock, "now">) {
    this.#storage = storage;
    this.#kept = kept;
    this.#clock = clock;
  }

  /** @returns whether there is something to tell */
  see({ state, lastError }: Pick<StorageSummary, "state" | "lastError">): boolean {
    if (state === "starting" || state === this.#last) return false;
    const error = state === "ready" || lastError === undefined ? undefined : lastError;
    if (this.#waiting.length >= MOST_WAITING) this.#waiting.pop();
    this.#waiting.push({
      state,
      at: this.#clock.now(),
      error: error && { code: error.code, message: error.message },
    });
    return true;
  }

  /** Delivers what waits. */
  async run(target: SinkTarget, isWanted: (event: SinkEvent) => boolean, signal: AbortSignal): Promise<void> {
    for (let seen = this.#waiting[0]; seen !== undefined; seen = this.#waiting[0]) {
      const { state: before, count } = this.#kept.told ?? { state: "ready" as const, count: 0 };
      // After some were left out the same one may come twice.
      if (seen.state !== before) {
        const event = this.#event(seen, before, count);
        // Its mark is kept before it is used: whoever tells it again after a kill gives the same id.
        if (this.#kept.told === undefined) await this.#kept.tell({ state: before, count });
        if (isWanted(event)) await target.deliver([JSON.parse(JSON.stringify(event))], signal);
        await this.#kept.tell({ state: seen.state, count: count + 1 });
      }
      this.#waiting.shift();
    }
  }

  get #last(): ServedState {
    return this.#waiting.at(-1)?.state ?? this.#kept.told?.state ?? "ready";
  }

  #event({ state: after, at, error }: SeenState, before: ServedState, count: number): StorageStateEvent {
    const storage = this.#storage;
    const id = eventId(this.#kept.mark, storage, count, before, after);
    return { version: 1, id, time: new Date(at).toISOString(), storage, kind: "storage", before, after, error };
  }
}
