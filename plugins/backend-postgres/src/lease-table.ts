import { type Lease, type Logger, VexilError } from "@vexil/plugin-api";
import type { Database } from "./database.js";

/** A lease runs out this long after its last renewal: the time until somebody else takes over from a killed holder. */
const LEASE_MS = 3_000;
const RENEW_MS = 800;
/** The holder gives up this long before others may take over. */
const MARGIN_MS = 500;

/** Leases as rows with an expiry: they hold through a pooler, where locks of a session do not. */
export class LeaseTable {
  readonly #database: Database;
  readonly #storage: string;
  readonly #instance: string;
  readonly #logger: Logger;
  readonly #held = new Map<string, { readonly release: () => Promise<void> }>();

  constructor(database: Database, storage: string, instance: string, logger: Logger) {
    this.#database = database;
    this.#storage = storage;
    this.#instance = instance;
    this.#logger = logger;
  }

  async take(name: string, signal: AbortSignal): Promise<Lease | undefined> {
    if (this.#held.has(name)) return undefined;
    const asked = performance.now();
    if (!(await this.#renew(name, signal))) return undefined;
    const lost = new AbortController();
    let validUntil = asked + LEASE_MS - MARGIN_MS;
    let timer: NodeJS.Timeout | undefined;
    let renewing = Promise.resolve();
    const lose = (reason: string): void => {
      if (lost.signal.aborted) return;
      clearTimeout(timer);
      this.#held.delete(name);
      this.#logger.log("info", "postgres.lease-lost", "a lease was lost", { lease: name, reason });
      lost.abort(new VexilError("VEXIL_UNAVAILABLE_STORAGE", `the lease ${name} was lost: ${reason}`));
    };
    const renew = async (): Promise<void> => {
      const sent = performance.now();
      try {
        const left = validUntil - sent;
        if (left <= 0) lose("it could not be renewed in time");
        else if (await this.#renew(name, AbortSignal.timeout(Math.ceil(left))))
          validUntil = sent + LEASE_MS - MARGIN_MS;
        else lose("another daemon took it");
      } catch {
        if (performance.now() >= validUntil) lose("the database did not answer");
      }
    };
    const tick = (): void => {
      timer = setTimeout(() => {
        renewing = renew().then(() => {
          if (this.#held.get(name) === entry) tick();
        });
      }, RENEW_MS).unref();
    };
    const release = async (): Promise<void> => {
      if (this.#held.get(name) !== entry) return;
      this.#held.delete(name);
      clearTimeout(timer);
      // A renewal under way would bring the row back.
      await renewing;
      await this.#free(name);
    };
    const entry = { release };
    this.#held.set(name, entry);
    tick();
    return { lost: lost.signal, release };
  }

  /** Frees everything that is held, so that others go on without waiting for it to run out. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#held.values()].map((entry) => entry.release()));
  }

  async #renew(name: string, signal: AbortSignal): Promise<boolean> {
    const { schema } = this.#database;
    const rows = await this.#database.query(
      `insert into ${schema}.leases as held (storage, name, holder, expires_at)
       values ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms')
       on conflict (storage, name) do update set holder = excluded.holder, expires_at = excluded.expires_at
       where held.holder = excluded.holder or held.expires_at < clock_timestamp()
       returning 1 as taken`,
      [this.#storage, name, this.#instance, LEASE_MS],
      { signal },
    );
    return rows.length === 1;
  }

  async #free(name: string): Promise<void> {
    const { schema } = this.#database;
    await this.#database.query(
      `delete from ${schema}.leases where storage = $1 and name = $2 and holder = $3`,
      [this.#storage, name, this.#instance],
      { deadlineMs: 1_500 },
    );
  }
}
