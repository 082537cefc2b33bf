interface Waiter {
  readonly grant: () => void;
}

/** At most so many at once; the others wait, first come first served. */
export class Slots {
  #limit: number;
  #taken = 0;
  readonly #waiting: Waiter[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * Resolves to what gives the slot back (idempotent). Rejects with the signal's reason.
   * @param queued called when all slots are taken, with what settles when the wait is over
   */
  async acquire(signal: AbortSignal, queued?: (until: Promise<void>) => void): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#taken < this.#limit && this.#waiting.length === 0) {
      this.#taken += 1;
    } else {
      const turn = new Promise<void>((resolve, reject) => {
        const abort = (): void => {
          this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
          reject(signal.reason);
        };
        const waiter: Waiter = {
          grant: () => {
            signal.removeEventListener("abort", abort);
            resolve();
          },
        };
        this.#waiting.push(waiter);
        signal.addEventListener("abort", abort, { once: true });
      });
      queued?.(turn);
      await turn;
    }
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken -= 1;
      this.#grant();
    };
  }

  /** Lowers the limit, never below one: the other side takes fewer. */
  lower(limit: number): void {
    this.#limit = Math.max(1, Math.min(this.#limit, limit));
  }

  #grant(): void {
    while (this.#taken < this.#limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#taken += 1;
      next.grant();
    }
  }
}
