/** The server's clock as seen from here, so that two machines need not agree on the time. */
export class ServerClock {
  /** Server's epoch milliseconds minus `performance.now()`. */
  #offset = 0;

  /** Takes over a reading that has just come: early by the way back, and never late. */
  observe(serverMs: number): void {
    if (Number.isFinite(serverMs)) this.#offset = serverMs - performance.now();
  }

  /** The server's time at a `performance.now()` of ours, in milliseconds. */
  at(monotonicMs: number): number {
    return Math.floor(this.#offset + monotonicMs);
  }
}
