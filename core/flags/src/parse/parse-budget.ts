/** Time that a file has, and that a large one has for each byte: several times what a sound one takes. */
const FILE_MS = 2_000;
const MS_PER_BYTE = 0.4 / 1_000;
/**
 * Time that a sound file may take without being counted, besides that for its bytes: a process reads its first slowly.
 */
const SOUND_MS = 500;
/** Time that the files of a storage have in a round beyond what sound ones take. */
const ROUND_MS = 10_000;
/** Beyond it, files are still tried for as long as a sound one takes, until they have used up this part more. */
const OVERDRAFT = 0.3;
/** The whole of a round's time comes back within this. */
const REFILL_MS = 60_000;

interface Account {
  leftMs: number;
  at: number;
}

/**
 * Processor time for parsing: 2 s for a file (a file above 5 MB has 0.4 s for each MB), and 10 s for all slow files of
 * a storage in a round. Sound files take a fraction of that and are not counted.
 */
export class ParseBudget {
  readonly #accounts = new Map<string, Account>();
  readonly #fileMs: number;
  readonly #roundMs: number;
  readonly #fastMs: number;
  readonly #now: () => number;

  constructor(
    options: {
      readonly fileMs?: number;
      readonly roundMs?: number;
      readonly soundMs?: number;
      readonly now?: () => number;
    } = {},
  ) {
    this.#fileMs = options.fileMs ?? FILE_MS;
    this.#roundMs = options.roundMs ?? ROUND_MS;
    this.#fastMs = options.soundMs ?? SOUND_MS;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Milliseconds that a file may take on its own account. */
  ofFile(sizeBytes: number): number {
    return Math.max(this.#fileMs, sizeBytes * MS_PER_BYTE);
  }

  /** Milliseconds that a file may take now; undefined when its storage has used up the round. */
  allow(storage: string, sizeBytes: number): number | undefined {
    const { leftMs } = this.#account(storage);
    if (leftMs <= -OVERDRAFT * this.#roundMs) return undefined;
    return Math.max(this.#soundMs(sizeBytes), Math.min(this.ofFile(sizeBytes), leftMs));
  }

  /** Counts what a file has taken. */
  spend(storage: string, sizeBytes: number, tookMs: number): void {
    const account = this.#account(storage);
    const fast = this.#soundMs(sizeBytes);
    // What was given up after the time of a sound file is slow as well.
    if (tookMs >= fast) account.leftMs -= tookMs;
    this.#accounts.set(storage, account);
  }

  /** Why a file is not read to its end for now. */
  get roundText(): string {
    return `slow files of its storage have used up the ${this.#roundMs / 1_000} s they have in a round; it is tried again`;
  }

  #soundMs(sizeBytes: number): number {
    return Math.min(this.#fileMs, this.#fastMs) + sizeBytes * MS_PER_BYTE;
  }

  #account(storage: string): Account {
    const now = this.#now();
    const known = this.#accounts.get(storage) ?? { leftMs: this.#roundMs, at: now };
    const back = ((now - known.at) * this.#roundMs) / REFILL_MS;
    return { leftMs: Math.min(this.#roundMs, known.leftMs + back), at: now };
  }
}
