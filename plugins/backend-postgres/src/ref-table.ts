import { setTimeout as pause } from "node:timers/promises";
import type { Logger, Oid, RefName, RefStore, RefUpdate } from "@vexil/core/plugin";
import pg from "pg";
import type { Database } from "./database.js";
import { databaseError, isConnectionLoss, NotSent } from "./database-error.js";
import type { ServerClock } from "./server-clock.js";

/** How long a swap may be tried; a write must have its answer within 5 s of the database going away. */
const SWAP_MS = 3_500;
/** The statement acts only this long after it was sent, so that it is settled when the answer has been given. */
const ACT_MS = 2_500;
const PAUSE_MS = 100;

type SwapAnswer = "swapped" | "differs";

/** Git's refs as rows. */
export class RefTable implements RefStore {
  readonly #database: Database;
  readonly #storage: string;
  readonly #instance: string;
  readonly #clock: ServerClock;
  readonly #logger: Logger;
  /** Swaps that were answered as failed although nobody knows: they are undone before anything else is seen. */
  #unsettled: (readonly RefUpdate[])[] = [];

  constructor(database: Database, storage: string, instance: string, clock: ServerClock, logger: Logger) {
    this.#database = database;
    this.#storage = storage;
    this.#instance = instance;
    this.#clock = clock;
    this.#logger = logger;
  }

  async list(prefix: string): Promise<ReadonlyMap<RefName, Oid>> {
    await this.#settle();
    const rows = await this.#database.query(
      `select name, encode(oid, 'hex') as oid from ${this.#database.schema}.refs
       where storage = $1 and starts_with(name, $2) order by name`,
      [this.#storage, prefix],
    );
    return new Map(rows.map((row) => [row.name as RefName, row.oid as Oid]));
  }

  async compareAndSwap(updates: readonly RefUpdate[]): Promise<boolean> {
    if (updates.length === 0) return true;
    await this.#settle();
    const deadline = performance.now() + SWAP_MS;
    let lost = false;
    for (;;) {
      try {
        const answer = await this.#swap(updates, deadline);
        if (answer === "swapped") return true;
        // The answer to an earlier try was lost: where the refs are now tells what it was.
        return lost && (await this.#allAt(updates, deadline));
      } catch (error) {
        if (isLate(error)) await this.#clock.read();
        else if (isConnectionLoss(error)) lost = lost || !(error instanceof NotSent);
        else if (!isSerialisation(error)) throw databaseError(error, this.#database.display);
        if (performance.now() + PAUSE_MS < deadline && !isRefusal(error)) {
          await pause(PAUSE_MS);
          continue;
        }
        if (lost) this.#unsettled.push(updates);
        throw databaseError(error, this.#database.display);
      }
    }
  }

  async #swap(updates: readonly RefUpdate[], deadline: number): Promise<SwapAnswer> {
    const now = performance.now();
    const notAfter = this.#clock.at(now + Math.min(ACT_MS, deadline - now));
    try {
      await this.#database.raw(
        `select ${this.#database.schema}.compare_and_swap($1, $2, $3, $4, $5, $6)`,
        [
          this.#storage,
          updates.map((update) => update.ref),
          updates.map((update) => bytesOf(update.old)),
          updates.map((update) => bytesOf(update.new)),
          notAfter.toISOString(),
          this.#instance,
        ],
        { deadlineMs: deadline - now },
      );
      return "swapped";
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === "VXDIF") return "differs";
      throw error;
    }
  }

  async #allAt(updates: readonly RefUpdate[], deadline: number): Promise<boolean> {
    const rows = await this.#database.query(
      `select name, encode(oid, 'hex') as oid from ${this.#database.schema}.refs where storage = $1 and name = any($2)`,
      [this.#storage, updates.map((update) => update.ref)],
      { deadlineMs: Math.max(500, deadline - performance.now()) },
    );
    const now = new Map(rows.map((row) => [row.name, row.oid]));
    return updates.every((update) => now.get(update.ref) === update.new);
  }

  /**
   * A swap whose answer was lost with the database, and which the caller was told has failed, must not appear later.
   * If it is there and nobody has built on it, it is taken back; this comes before anything else of this instance.
   */
  async #settle(): Promise<void> {
    for (let updates = this.#unsettled[0]; updates !== undefined; updates = this.#unsettled[0]) {
      const back = updates.map(({ ref, old, new: next }) => ({ ref, old: next, new: old, reason: "not acknowledged" }));
      try {
        const answer = await this.#swap(back, performance.now() + SWAP_MS);
        if (answer === "swapped") {
          this.#logger.log("warn", "postgres.write-undone", "a write whose answer was lost was taken back", {
            refs: updates.map((update) => update.ref),
          });
        }
      } catch (error) {
        if (isLate(error)) await this.#clock.read();
        throw databaseError(error, this.#database.display);
      }
      this.#unsettled = this.#unsettled.filter((one) => one !== updates);
    }
  }
}

function bytesOf(oid: Oid | undefined): Buffer | null {
  // SQL's null is what the driver takes for "no value".
  return oid === undefined ? null : Buffer.from(oid, "hex");
}

function isLate(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "VXLTE";
}

/** serialization_failure, deadlock_detected: to be tried again (PostgreSQL, "Transaction Isolation"). */
function isSerialisation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === "40001" || error.code === "40P01");
}

/** Nobody answers at the address: trying again at once is no use. */
function isRefusal(error: unknown): boolean {
  return error instanceof NotSent && (error.cause as { code?: unknown } | undefined)?.code === "ECONNREFUSED";
}
