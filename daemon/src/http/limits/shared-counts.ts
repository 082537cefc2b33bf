/** Tells the other processes how much of each key this one has: `[key, count]`. */
export type TellCounts = (counts: readonly (readonly [string, number])[]) => void;

const TELL_AFTER_MS = 5;
/** Now and then everything is told again: a process that started later has not heard it. */
const REPEAT_MS = 2000;

/**
 * Counts by key that all workers share: each knows its own and what the others told last. Small counts are not worth
 * telling, so that ordinary clients cause no messages.
 */
export class SharedCounts {
  readonly #own = new Map<string, number>();
  readonly #others = new Map<string, Map<number, number>>();
  readonly #told = new Set<string>();
  readonly #news = new Set<string>();
  readonly #tell: TellCounts | undefined;
  readonly #tellFrom: () => number;
  #timer: NodeJS.Timeout | undefined;

  /** @param tellFrom own counts from this one on are told */
  constructor(tellFrom: () => number, tell: TellCounts | undefined) {
    this.#tellFrom = tellFrom;
    this.#tell = tell;
    if (tell !== undefined) setInterval(() => this.#repeat(), REPEAT_MS).unref();
  }

  /** @returns the count in all processes, as far as it is known */
  add(key: string, by: number): number {
    const count = (this.#own.get(key) ?? 0) + by;
    if (count === 0) this.#own.delete(key);
    else this.#own.set(key, count);
    if (this.#tell !== undefined && (count >= this.#tellFrom() || this.#told.has(key))) this.#queueReport(key);
    return count + this.#ofOthers(key);
  }

  get(key: string): number {
    return (this.#own.get(key) ?? 0) + this.#ofOthers(key);
  }

  /** Takes in the counts of another process. */
  hear(process: number, counts: readonly (readonly [string, number])[]): void {
    for (const [key, count] of counts) {
      const known = this.#others.get(key) ?? new Map<number, number>();
      if (count === 0) known.delete(process);
      else known.set(process, count);
      if (known.size === 0) this.#others.delete(key);
      else this.#others.set(key, known);
    }
  }

  /** Another process has ended. */
  forget(process: number): void {
    for (const [key, known] of this.#others) {
      known.delete(process);
      if (known.size === 0) this.#others.delete(key);
    }
  }

  #ofOthers(key: string): number {
    if (this.#others.size === 0) return 0;
    let sum = 0;
    for (const count of this.#others.get(key)?.values() ?? []) sum += count;
    return sum;
  }

  #queueReport(key: string): void {
    this.#news.add(key);
    this.#timer ??= setTimeout(() => this.#flush(), TELL_AFTER_MS).unref();
  }

  #flush(): void {
    this.#timer = undefined;
    const counts = [...this.#news].map((key) => {
      const count = this.#own.get(key) ?? 0;
      const worth = count >= this.#tellFrom() ? count : 0;
      if (worth === 0) this.#told.delete(key);
      else this.#told.add(key);
      return [key, worth] as const;
    });
    this.#news.clear();
    this.#tell?.(counts);
  }

  #repeat(): void {
    for (const key of this.#told) this.#queueReport(key);
  }
}
