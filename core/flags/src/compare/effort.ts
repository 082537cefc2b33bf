/** Steps of some ten nanoseconds after which others may have their turn: a millisecond, about. */
const BETWEEN_TURNS = 20_000;

/**
 * Counts the steps of long work: when others are to have their turn, and when there were so many that it is given up.
 * By steps and not by the clock, so that whoever asks again, and elsewhere, is told the same.
 */
export class Effort {
  readonly #most: number;
  #spent = 0;
  #nextTurn = BETWEEN_TURNS;

  /** @param most steps after which it is spent */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  get spent(): number {
    return this.#spent;
  }

  get left(): number {
    return this.#most - this.#spent;
  }

  get isSpent(): boolean {
    return this.#spent > this.#most;
  }

  spend(steps: number): void {
    this.#spent += steps;
  }

  /** Counts, and says whether others are to have their turn now. */
  turn(steps = 0): boolean {
    this.#spent += steps;
    if (this.#spent < this.#nextTurn) return false;
    this.#nextTurn = this.#spent + BETWEEN_TURNS;
    return true;
  }
}
