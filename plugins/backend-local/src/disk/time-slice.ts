import { setImmediate as yieldToLoop } from "node:timers/promises";

/** Work that may hold the event loop, in milliseconds, before other work gets its turn. */
const SLICE_MS = 5;

/** Splits synchronous work into slices: call `pause` between its parts. */
export class TimeSlice {
  #startedAt = performance.now();

  get due(): boolean {
    return performance.now() - this.#startedAt > SLICE_MS;
  }

  /** Lets other work run if the slice is used up. */
  async pause(signal?: AbortSignal): Promise<void> {
    if (!this.due) return;
    await yieldToLoop();
    signal?.throwIfAborted();
    this.#startedAt = performance.now();
  }
}
