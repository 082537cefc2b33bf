/** Time that sound small files take; it is not counted. */
const SOUND_MS = 5;
/** Time that the slow ones of a storage may take of the event loop at once, and what of it comes back in a second. */
const MOST_MS = 200;
const REFILL_MS = 50;

interface Account {
  leftMs: number;
  at: number;
}

/** Time of the event loop for the small files of each storage: hostile ones of a few kilobytes take tens of milliseconds. */
export class InPlaceBudget {
  readonly #accounts = new Map<string, Account>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  allows(storage: string): boolean {
    return this.#account(storage).leftMs > 0;
  }

  /** Counts what a file has taken. */
  spend(storage: string, tookMs: number): void {
    if (tookMs <= SOUND_MS) return;
    const account = this.#account(storage);
    account.leftMs -= tookMs;
    this.#accounts.set(storage, account);
  }

  #account(storage: string): Account {
    const at = this.#now();
    const known = this.#accounts.get(storage) ?? { leftMs: MOST_MS, at };
    return { leftMs: Math.min(MOST_MS, known.leftMs + ((at - known.at) * REFILL_MS) / 1_000), at };
  }
}
