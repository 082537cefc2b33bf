/** Those who use something, counted, so that it can end with the last of them. */
export class Users {
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  /** @returns what the user calls when it is done; calling it again does nothing */
  add(): () => void {
    let isDone = false;
    this.#count += 1;
    return () => {
      if (isDone) return;
      isDone = true;
      this.#count -= 1;
      if (this.#count === 0) for (const tell of this.#waiting.splice(0)) tell();
    };
  }

  /** Resolves as soon as there is none. */
  async none(): Promise<void> {
    while (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
