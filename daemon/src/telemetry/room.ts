/** Places for what waits to be sent, what is under way included: a collector that hangs fills it, and no memory. */
export class Room {
  readonly #size: number;
  #taken = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get isFull(): boolean {
    return this.#taken >= this.#size;
  }

  /** @returns false if there is none left */
  take(): boolean {
    if (this.isFull) return false;
    this.#taken += 1;
    return true;
  }

  give(places: number): void {
    this.#taken = Math.max(0, this.#taken - places);
  }
}
