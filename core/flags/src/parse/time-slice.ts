import { setImmediate } from "node:timers/promises";

/** Longest time that work on the event loop goes on before others get their turn. */
const SLICE_MS = 4;

/** Cuts long work into slices: ask `due` often, and `await next()` when it says so. */
export class TimeSlice {
  #startedAt = performance.now();

  get due(): boolean {
    return performance.now() - this.#startedAt >= SLICE_MS;
  }

  async next(): Promise<void> {
    await setImmediate();
    this.#startedAt = performance.now();
  }
}
