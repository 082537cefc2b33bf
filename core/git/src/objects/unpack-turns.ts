/** Lets a few at once do what takes much memory; the others wait, first come, first served. */
export class UnpackTurns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** @param most at once */
  constructor(most: number) {
    this.#free = most;
  }

  /** @returns ends the turn; to be called once */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }
}
