/** Failures are followed by another try after so long at first, at most, and for so long in all. */
const [FIRST_MS, LONGEST_MS, GIVE_UP_MS] = [250, 10_000, 60_000];

interface Failing {
  readonly since: number;
  readonly count: number;
  readonly timer: NodeJS.Timeout;
  readonly isWaiting: boolean;
}

/** Things that failed and are tried again later. */
export class Retries {
  readonly #failing = new Map<string, Failing>();

  /** Tells whether something waits until it is tried again. */
  isWaiting(name: string): boolean {
    return this.#failing.get(name)?.isWaiting === true;
  }

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#failing.size === 0;
  }

  /** It went well, or is needed no more. */
  succeeded(name: string): void {
    clearTimeout(this.#failing.get(name)?.timer);
    this.#failing.delete(name);
  }

  /**
   * @param again called when it is to be tried again
   * @returns false: it has failed for too long
   */
  failed(name: string, again: () => void): boolean {
    const { since = performance.now(), count = 0 } = this.#failing.get(name) ?? {};
    if (performance.now() - since > GIVE_UP_MS) return false;
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** count);
    const timer = setTimeout(
      () => {
        this.#failing.set(name, { since, count: count + 1, timer, isWaiting: false });
        again();
      },
      longest * (0.5 + Math.random() / 2),
    ).unref();
    this.#failing.set(name, { since, count: count + 1, timer, isWaiting: true });
    return true;
  }

  end(): void {
    for (const { timer } of this.#failing.values()) clearTimeout(timer);
    this.#failing.clear();
  }
}
