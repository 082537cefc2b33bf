import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Logger, type Oid, type RefName, type RefStore, type RefUpdate, VexilError } from "@vexil/plugin-api";
import pg from "pg";
import type { Database } from "./database.js";
import { databaseError, isConnectionLoss, NotSent } from "./database-error.js";
import { MISSING } from "./ensure-schema.js";
import type { ServerClock } from "./server-clock.js";

/** How long a swap may be tried; a write must have its answer within 5 s of the database going away. */
const SWAP_MS = 3_500;
/** The statement acts only this long after it was sent, so that it is settled when the answer has been given. */
const ACT_MS = 2_500;
const PAUSE_MS = 100;
/** How long a backend that is closed tries to take back what must not stand. */
const LAST_MS = 2_000;

type SwapAnswer = "swapped" | "differs";

/** One call of compareAndSwap: however often it is sent, it is made once. */
interface Swap {
  readonly id: string;
  readonly updates: readonly RefUpdate[];
}

/** A swap that must not stand, and the one that takes it back. */
interface Unsettled {
  readonly swap: Swap;
  readonly back: Swap;
}

/** Git's refs as rows. */
export class RefTable implements RefStore {
  readonly #database: Database;
  readonly #storage: string;
  readonly #instance: string;
  readonly #clock: ServerClock;
  readonly #logger: Logger;
  readonly #takesBack: boolean;
  readonly #examining: boolean;
  /** Swaps that were answered as failed although nobody knows: they are undone before anything else is seen. */
  #unknown: readonly Unsettled[] = [];
  #resolving: Promise<void> | undefined;

  /**
   * @param options `takesBack`: a swap that was answered as failed must not stand. Where the truth is a remote's, refs
   * are moved after the remote's yes, and taking that back would only serve an older state for a while. `examining`: the
   * tables may be missing.
   */
  constructor(
    database: Database,
    options: {
      readonly storage: string;
      readonly instance: string;
      readonly clock: ServerClock;
      readonly logger: Logger;
      readonly takesBack: boolean;
      readonly examining: boolean;
    },
  ) {
    this.#database = database;
    this.#storage = options.storage;
    this.#instance = options.instance;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#takesBack = options.takesBack;
    this.#examining = options.examining;
  }

  async list(prefix: string): Promise<ReadonlyMap<RefName, Oid>> {
    await this.#resolveUnknown();
    const rows = await this.#database
      .query(
        `select name, encode(oid, 'hex') as oid from ${this.#database.schema}.refs
         where storage = $1 and starts_with(name, $2) order by name`,
        [this.#storage, prefix],
      )
      .catch((error: unknown) => {
        if (this.#examining && VexilError.is(error) && MISSING.has(String(error.details.database_code))) return [];
        throw error;
      });
    return new Map(rows.map((row) => [row.name as RefName, row.oid as Oid]));
  }

  async compareAndSwap(updates: readonly RefUpdate[]): Promise<boolean> {
    if (updates.length === 0) return true;
    await this.#resolveUnknown();
    const swap: Swap = { id: randomUUID(), updates };
    const deadline = performance.now() + SWAP_MS;
    let lost = false;
    for (;;) {
      try {
        return (await this.#send(swap, deadline)) === "swapped";
      } catch (error) {
        // Whether the clock could be read shows in the next try.
        if (isLate(error)) await this.#clock.read().catch(() => {});
        else if (isConnectionLoss(error)) lost = lost || !(error instanceof NotSent);
        else if (!isSerialisation(error)) throw databaseError(error, this.#database.display);
        if (performance.now() + PAUSE_MS < deadline && !isRefusal(error)) {
          await pause(PAUSE_MS);
          continue;
        }
        if (lost && this.#takesBack) this.#unknown = [...this.#unknown, { swap, back: reversed(updates) }];
        throw databaseError(error, this.#database.display);
      }
    }
  }

  /** Takes back what must not stand; after this nobody will. */
  async close(): Promise<void> {
    const deadline = performance.now() + LAST_MS;
    for (let left = LAST_MS; this.#unknown.length > 0 && left > 0; left = deadline - performance.now()) {
      await this.#resolveUnknown(left).catch(() => pause(PAUSE_MS));
    }
  }

  async #send({ id, updates }: Swap, deadline: number): Promise<SwapAnswer> {
    const now = performance.now();
    const notAfter = this.#clock.at(now + Math.min(ACT_MS, deadline - now));
    try {
      await this.#database.raw(
        `select ${this.#database.schema}.compare_and_swap($1, $2, $3, $4, $5, $6, $7)`,
        [
          this.#storage,
          id,
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

  /**
   * A swap whose answer was lost with the database, and which the caller was told has failed, must not appear later.
   * If it is there and nobody has built on it, it is taken back; this comes before anything else of this instance.
   */
  #resolveUnknown(deadlineMs = SWAP_MS): Promise<void> {
    if (this.#unknown.length === 0) return Promise.resolve();
    this.#resolving ??= this.#resolveEach(deadlineMs).finally(() => {
      this.#resolving = undefined;
    });
    return this.#resolving;
  }

  async #resolveEach(deadlineMs: number): Promise<void> {
    for (let one = this.#unknown[0]; one !== undefined; one = this.#unknown[0]) {
      const { swap, back } = one;
      const fields = { refs: swap.updates.map((update) => update.ref) };
      try {
        if ((await this.#send(back, performance.now() + deadlineMs)) === "swapped") {
          this.#logger.log("warn", "postgres.write-undone", "a write whose answer was lost was reverted", fields);
        } else if (await this.#wasMade(swap.id)) {
          const message = "a write was reported as failed but stands: others built on it before it could be reverted";
          this.#logger.log("error", "postgres.write-stands", message, fields);
        }
      } catch (error) {
        if (isLate(error)) await this.#clock.read();
        throw databaseError(error, this.#database.display);
      }
      this.#unknown = this.#unknown.filter((other) => other !== one);
    }
  }

  async #wasMade(id: string): Promise<boolean> {
    const rows = await this.#database.query(
      `select 1 as made from ${this.#database.schema}.swaps where storage = $1 and id = $2`,
      [this.#storage, id],
    );
    return rows.length === 1;
  }
}

function reversed(updates: readonly RefUpdate[]): Swap {
  const back = updates.map(({ ref, old, new: next }) => ({ ref, old: next, new: old, reason: "not acknowledged" }));
  return { id: randomUUID(), updates: back };
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
