/** Longest time that work on the event loop goes on before others get their turn. */
const SLICE_MS = 4;

/** Cuts long work into slices: ask `due` often, and `await next()` when it says so. */
export class TimeSlice {
  #startedAt = performance.now();

  get due(): boolean {
    return performance.now() - this.#startedAt >= SLICE_MS;
  }

  async next(): Promise<void> {
    await nextTurn();
    this.#startedAt = performance.now();
  }
}

/** Work that waits, in the order in which it asked. */
const waiting: (() => void)[] = [];

/**
 * Resolves in a later turn of the event loop, and nobody else's in the same turn: were all that wait let go on at once,
 * whatever else is to be done would wait for a slice of each.
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
