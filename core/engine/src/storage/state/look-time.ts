import type { Clock } from "../../model/clock.js";
import { within } from "../../model/deadlines.js";

/** Time in a rebuild for which the storage's lane waits for searches of the past. */
const ROUND_MS = 2_000;

/**
 * Time for searching the past of what is faulty. The storage's lane waits for it, and with it its writes: so it is
 * little, and only rebuilds have any.
 */
export class LookTime {
  readonly #clock: Clock;
  #leftMs = 0;
  #spentMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Time spent since the start, of all rounds together. */
  get spentMs(): number {
    return this.#spentMs;
  }

  /** Runs a rebuild, whose searches have a round's time between them. */
  async round<T>(rebuild: () => Promise<T>): Promise<T> {
    this.#leftMs = ROUND_MS;
    try {
      return await rebuild();
    } finally {
      this.#leftMs = 0;
    }
  }

  /**
   * Runs one search with its share of what is left, none outside a round.
   * @param others searches that want a share as well
   */
  async share<T>(others: number, search: (late: AbortSignal) => Promise<T>): Promise<T> {
    const ms = Math.floor(this.#leftMs / (others + 1));
    if (ms <= 0) return search(AbortSignal.abort());
    const startedAt = this.#clock.elapsed();
    try {
      return await within(this.#clock, ms, search);
    } finally {
      const tookMs = this.#clock.elapsed() - startedAt;
      this.#leftMs = Math.max(0, this.#leftMs - tookMs);
      this.#spentMs += tookMs;
    }
  }
}
