import { type Logger, VexilError } from "@vexil/plugin-api";
import pg from "pg";
import { type ConnectionOptions, connectionOptions } from "./connection-options.js";
import { databaseError, isConnectionLoss, NotSent } from "./database-error.js";
import type { Settings } from "./settings.js";
import { withDeadline } from "./with-deadline.js";

export type Row = Readonly<Record<string, unknown>>;

export interface QueryOptions {
  /** Longest time, the wait for a connection included. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Connections for statements; the listener has its own. */
const CONNECTIONS = 4;
export const QUERY_MS = 4_000;
const CLOSE_MS = 2_500;
const END_MS = 1_000;

/** Told to those who wait for a connection of a pool that has another in its place now. */
const RENEWED = new Error("the connections were renewed");

/** The connections of one storage. Every statement has a deadline; one that misses it loses its connection. */
export class Database {
  /** Quoted, for use in statements. */
  readonly schema: string;
  /** Where it is, for users. */
  readonly display: string;
  readonly #settings: Settings;
  readonly #application: string;
  readonly #logger: Logger;
  /** Connections that work on a statement: ending a pool waits for them. */
  readonly #busy = new Set<pg.PoolClient>();
  /** Those who wait for a connection: a pool that ends leaves them alone. */
  readonly #waiting = new Set<(reason: unknown) => void>();
  #pool: pg.Pool;
  #closed: Promise<void> | undefined;

  private constructor(settings: Settings, application: string, options: ConnectionOptions, logger: Logger) {
    this.#settings = settings;
    this.#application = application;
    this.#logger = logger;
    this.schema = `"${settings.schema}"`;
    this.display = options.display;
    this.#pool = this.#newPool(options.client);
  }

  static async open(settings: Settings, application: string, logger: Logger): Promise<Database> {
    const options = await connectionOptions(settings, application);
    return new Database(settings, application, options, logger);
  }

  /**
   * Runs one statement that may be run again: it is, once, when the connection is lost right away.
   * @throws VexilError, or the reason of the caller's signal
   */
  async query(text: string, values: readonly unknown[] = [], options: QueryOptions = {}): Promise<readonly Row[]> {
    const { deadlineMs = QUERY_MS, signal } = options;
    const deadline = performance.now() + deadlineMs;
    for (let first = true; ; first = false) {
      try {
        return await this.raw(text, values, { deadlineMs: deadline - performance.now(), signal });
      } catch (error) {
        signal?.throwIfAborted();
        const again = first && isConnectionLoss(error) && deadline - performance.now() > deadlineMs / 2;
        if (!again) throw databaseError(error, this.display);
      }
    }
  }

  /** Runs one statement, once. @throws what pg throws; see `databaseError` */
  async raw(text: string, values: readonly unknown[] = [], options: QueryOptions = {}): Promise<readonly Row[]> {
    const { deadlineMs = QUERY_MS, signal } = options;
    signal?.throwIfAborted();
    if (this.#closed !== undefined) throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", "the storage is closed");
    const started = performance.now();
    const client = await this.#connect(deadlineMs);
    this.#busy.add(client);
    const abort = (): void => cut(client);
    signal?.addEventListener("abort", abort, { once: true });
    let usable = false;
    try {
      signal?.throwIfAborted();
      const running = client.query<Row>({ text, values: [...values] });
      const { rows } = await withDeadline(running, deadlineMs - (performance.now() - started));
      usable = true;
      return rows;
    } catch (error) {
      // After an error of the server a connection is as good as before; after anything else nobody knows.
      usable = error instanceof pg.DatabaseError && !isConnectionLoss(error);
      if (!usable && !(error instanceof pg.DatabaseError)) this.distrustIdle();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#giveBack(client, usable);
    }
  }

  /**
   * Sends statements that begin a transaction and keeps it open until `end`.
   * @returns undefined when the server refuses one of them
   */
  async transaction(text: string, options: QueryOptions): Promise<{ end(): Promise<void> } | undefined> {
    const { deadlineMs = QUERY_MS, signal } = options;
    const started = performance.now();
    const client = await this.#connect(deadlineMs).catch((error: unknown) => {
      throw databaseError(error, this.display);
    });
    this.#busy.add(client);
    let ended: Promise<void> | undefined;
    const end = (): Promise<void> => {
      ended ??= withDeadline(client.query("commit"), END_MS).then(
        () => this.#giveBack(client, true),
        () => this.#giveBack(client, false),
      );
      return ended;
    };
    try {
      signal?.throwIfAborted();
      await withDeadline(client.query(text), deadlineMs - (performance.now() - started));
      return { end };
    } catch (error) {
      if (error instanceof pg.DatabaseError) await end();
      else this.#giveBack(client, false);
      if (error instanceof pg.DatabaseError && !isConnectionLoss(error)) return undefined;
      throw databaseError(error, this.display);
    }
  }

  #giveBack(client: pg.PoolClient, usable: boolean): void {
    this.#busy.delete(client);
    if (!usable) cut(client);
    client.release(!usable);
  }

  /** A connection of its own, by the settings as they are now, not yet connected. */
  async newClient(): Promise<pg.Client> {
    return new pg.Client((await connectionOptions(this.#settings, this.#application)).client);
  }

  /** Ends all connections; statements under way are given a moment and then cut. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #connect(deadlineMs: number): Promise<pg.PoolClient> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const connecting = this.#pool.connect();
      try {
        return await withDeadline(this.#unlessPoolEnds(connecting), deadline - performance.now());
      } catch (error) {
        connecting.then((client) => client.release(true), ignore);
        if (error === RENEWED && this.#closed === undefined) continue;
        // The password may have changed in its file; the next one reads it.
        if ((error as { code?: unknown }).code === "28P01") await this.#renewPool();
        throw new NotSent(error);
      }
    }
  }

  #unlessPoolEnds(connecting: Promise<pg.PoolClient>): Promise<pg.PoolClient> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      connecting.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /** One connection went silent: the idle ones, which nobody has asked since, are no better. */
  distrustIdle(): void {
    this.#renewPool().catch(ignore);
  }

  async #renewPool(): Promise<void> {
    const before = this.#pool;
    const options = await connectionOptions(this.#settings, this.#application);
    if (this.#pool !== before || this.#closed !== undefined) return;
    this.#pool = this.#newPool(options.client);
    before.end().catch(ignore);
    for (const reject of this.#waiting) reject(RENEWED);
  }

  #newPool(client: pg.ClientConfig): pg.Pool {
    const pool = new pg.Pool({ ...client, max: CONNECTIONS, idleTimeoutMillis: 30_000, allowExitOnIdle: true });
    // A connection that breaks tells its query; without a listener the event would end the process.
    pool.on("connect", (connected) => connected.on("error", ignore));
    // An idle connection that breaks is replaced by the next use.
    pool.on("error", (error) => {
      const fields = { error: databaseError(error, this.display).message };
      this.#logger.log("debug", "postgres.connection-lost", "an idle connection to the database broke", fields);
    });
    return pool;
  }

  async #end(): Promise<void> {
    for (const reject of this.#waiting) reject(new VexilError("VEXIL_UNAVAILABLE_STORAGE", "the storage is closed"));
    await withDeadline(this.#pool.end(), CLOSE_MS).catch(ignore);
    for (const client of this.#busy) cut(client);
  }
}

/** Ends a connection without a word: the other side may be silent. */
export function cut(client: pg.ClientBase | undefined): void {
  (client as unknown as { connection?: { stream?: { destroy(): void } } } | undefined)?.connection?.stream?.destroy();
}

function ignore(): void {}
