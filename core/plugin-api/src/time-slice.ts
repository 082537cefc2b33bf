/** Longest time that work on the event loop goes on before others get their turn, unless something else is said. */
const SLICE_MS = 4;

/**
 * Cuts long work into slices: ask `due` often, and `await next()` when it says so; or `await pause()` between parts.
 * @example for (const item of items) { work(item); if (slice.due) await slice.next(); }
 */
export class TimeSlice {
  readonly #ms: number;
  #startedAt = performance.now();

  /** @param ms how long a slice is */
  constructor(ms: number = SLICE_MS) {
    this.#ms = ms;
  }

  /** True when the slice is used up. */
  get due(): boolean {
    return performance.now() - this.#startedAt >= this.#ms;
  }

  /** Lets others have their turn, and begins the next slice. */
  async next(): Promise<void> {
    await nextTurn();
    this.#startedAt = performance.now();
  }

  /**
   * The same if the slice is used up.
   * @throws what `signal` is aborted with meanwhile
   */
  async pause(signal?: AbortSignal): Promise<void> {
    if (!this.due) return;
    await this.next();
    signal?.throwIfAborted();
  }
}

/** Work that waits, in the order in which it asked. */
const waiting: (() => void)[] = [];

/**
 * Resolves in a later turn of the event loop, and nobody else's in the same turn: were all that wait let go on at once,
 * whatever else is to be done would wait for a slice of each.
 * @example for (const part of parts) { work(part); await nextTurn(); }
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(passTurn);
  });
}

function passTurn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(passTurn);
}
