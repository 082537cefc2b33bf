import type { LeaseStore, Logger } from "@vexil/plugin-api";
import type { Database } from "./database.js";

const FREE_MS = 1_500;

/** Leases as rows with an expiry: they hold through a pooler, where locks of a session do not. */
export class LeaseTable implements LeaseStore {
  readonly #database: Database;
  readonly #storage: string;
  readonly #instance: string;
  readonly #logger: Logger;

  constructor(database: Database, storage: string, instance: string, logger: Logger) {
    this.#database = database;
    this.#storage = storage;
    this.#instance = instance;
    this.#logger = logger;
  }

  async take(name: string, forMs: number, signal: AbortSignal): Promise<boolean> {
    const { schema } = this.#database;
    const rows = await this.#database.query(
      `insert into ${schema}.leases as held (storage, name, holder, expires_at)
       values ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms')
       on conflict (storage, name) do update set holder = excluded.holder, expires_at = excluded.expires_at
       where held.holder = excluded.holder or held.expires_at < clock_timestamp()
       returning 1 as taken`,
      [this.#storage, name, this.#instance, forMs],
      { signal },
    );
    return rows.length === 1;
  }

  async free(name: string): Promise<void> {
    const { schema } = this.#database;
    await this.#database.query(
      `delete from ${schema}.leases where storage = $1 and name = $2 and holder = $3`,
      [this.#storage, name, this.#instance],
      { deadlineMs: FREE_MS },
    );
  }

  lost(name: string, reason: string): void {
    this.#logger.log("info", "postgres.lease-lost", "a lease was lost", { lease: name, reason });
  }
}
