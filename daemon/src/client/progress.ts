/** Shortest time between two lines. */
const EVERY_MS = 100;

/** A line on the terminal that says how far something is; nothing where stderr is none. */
export class Progress {
  #shownAt = Number.NEGATIVE_INFINITY;
  #isShown = false;

  show(text: string): void {
    const now = performance.now();
    if (!process.stderr.isTTY || now - this.#shownAt < EVERY_MS) return;
    this.#shownAt = now;
    this.#isShown = true;
    process.stderr.write(`\r\u001b[K${text}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#isShown) process.stderr.write("\r\u001b[K");
    this.#isShown = false;
  }
}
