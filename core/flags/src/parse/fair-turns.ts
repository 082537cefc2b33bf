interface Waiting {
  readonly group: string;
  readonly given: (isOpen: boolean) => void;
}

export interface FairTurnsOptions {
  /** Turns at the same time of one group, and of all groups, as long as nobody has to wait for another group. */
  readonly usual: number;
  /** Turns at the same time at most: a group that has none gets one, even though others use up the usual ones. */
  readonly most: number;
}

/**
 * Turns at something of which there is little, such that no group waits for another: who has fewest gets the next one,
 * and within a group it goes by order.
 */
export class FairTurns {
  readonly #options: FairTurnsOptions;
  readonly #running = new Map<string, number>();
  #waiting: Waiting[] = [];
  #total = 0;
  #isOpen = true;

  constructor(options: FairTurnsOptions) {
    this.#options = options;
  }

  /**
   * @param signal ends the waiting, not a turn that was given
   * @returns false when there is no turn: the signal has aborted, or `close` was called
   */
  take(group: string, signal?: AbortSignal): Promise<boolean> {
    if (!this.#isOpen || signal?.aborted === true) return Promise.resolve(false);
    return new Promise((resolve) => {
      const given = (isOpen: boolean): void => {
        signal?.removeEventListener("abort", leave);
        resolve(isOpen);
      };
      const waiting: Waiting = { group, given };
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        resolve(false);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiting);
      this.#next();
    });
  }

  /** Ends a turn that was taken. */
  release(group: string): void {
    const left = this.#count(group) - 1;
    if (left > 0) this.#running.set(group, left);
    else this.#running.delete(group);
    this.#total -= 1;
    this.#next();
  }

  close(): void {
    this.#isOpen = false;
    for (const { given } of this.#waiting.splice(0)) given(false);
  }

  #next(): void {
    for (let chosen = this.#choose(); chosen !== undefined; chosen = this.#choose()) {
      const { group, given } = chosen;
      this.#waiting = this.#waiting.filter((waiting) => waiting !== chosen);
      this.#running.set(group, this.#count(group) + 1);
      this.#total += 1;
      given(true);
    }
  }

  /** The first that waits of the group with the fewest turns, if it may have one. */
  #choose(): Waiting | undefined {
    let chosen: Waiting | undefined;
    for (const waiting of this.#waiting) {
      const isBetter = chosen === undefined || this.#count(waiting.group) < this.#count(chosen.group);
      if (isBetter && this.#mayHave(waiting.group)) chosen = waiting;
    }
    return chosen;
  }

  #mayHave(group: string): boolean {
    const { usual, most } = this.#options;
    const count = this.#count(group);
    return count < usual && this.#total < (count === 0 ? most : usual);
  }

  #count(group: string): number {
    return this.#running.get(group) ?? 0;
  }
}
