import type { Database } from "./database.js";

/** The server's clock as seen from here, so that two machines need not agree on the time. */
export class ServerClock {
  readonly #database: Database;
  /** Server's epoch milliseconds minus `performance.now()`. */
  #offset = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  async read(): Promise<void> {
    const [row] = await this.#database.query("select extract(epoch from clock_timestamp()) * 1000 as now");
    this.observe(Number(row?.now));
  }

  /** Takes over a reading that has just come: early by the way back, and never late. */
  observe(serverMs: number): void {
    if (Number.isFinite(serverMs)) this.#offset = serverMs - performance.now();
  }

  /** The server's time at a `performance.now()` of ours. */
  at(monotonicMs: number): Date {
    return new Date(this.#offset + monotonicMs);
  }
}
