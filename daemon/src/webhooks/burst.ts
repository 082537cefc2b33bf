/** Calls this close together are one burst. */
const QUIET_MS = 100;
/** A burst without end is answered by a poll this often. */
const LONGEST_MS = 1_000;

/**
 * Makes two polls of any number of calls at once: the first call polls, and when no more have come for a moment one
 * more poll sees what the last of them announced. A call by itself is not delayed.
 */
export class Burst {
  readonly #poll: () => void;
  #timer: NodeJS.Timeout | undefined;
  #since = 0;
  #last = 0;
  #waits = false;

  constructor(poll: () => void) {
    this.#poll = poll;
  }

  call(): void {
    this.#last = performance.now();
    if (this.#timer !== undefined) {
      this.#waits = true;
      return;
    }
    this.#since = this.#last;
    this.#watch(QUIET_MS);
    this.#poll();
  }

  #watch(delayMs: number): void {
    // After the timers come the requests that arrived meanwhile: on a busy event loop they count as well.
    this.#timer = setTimeout(() => setImmediate(() => this.#endWhenQuiet()), delayMs).unref();
  }

  #endWhenQuiet(): void {
    const now = performance.now();
    const quietFor = now - this.#last;
    if (quietFor < QUIET_MS && now - this.#since < LONGEST_MS) {
      this.#watch(QUIET_MS - quietFor);
      return;
    }
    this.#timer = undefined;
    if (!this.#waits) return;
    this.#waits = false;
    this.#since = now;
    this.#watch(QUIET_MS);
    this.#poll();
  }
}
