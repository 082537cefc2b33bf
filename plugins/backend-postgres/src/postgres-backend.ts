import { randomUUID } from "node:crypto";
import {
  type Backend,
  type BackendContext,
  ExpiringLeases,
  type Lease,
  type ObjectStore,
  type Oid,
  type ShallowList,
  type Turn,
} from "@vexil/plugin-api";
import { ChangeListener } from "./change-listener.js";
import { Database } from "./database.js";
import { openingError } from "./database-error.js";
import { ensureSchema } from "./ensure-schema.js";
import { LeaseTable } from "./lease-table.js";
import { ObjectTable } from "./object-table.js";
import { pruneObjects } from "./prune-objects.js";
import { RefTable } from "./ref-table.js";
import { ServerClock } from "./server-clock.js";
import type { Settings } from "./settings.js";
import { ShallowTable } from "./shallow-table.js";
import { takeTurn } from "./write-turn.js";

/** Git's objects and refs of one storage in the tables of one schema, shared by any number of daemons. */
export class PostgresBackend implements Backend {
  readonly objects: ObjectStore;
  readonly refs: RefTable;
  readonly shallow: ShallowList;
  readonly #database: Database;
  readonly #storage: string;
  readonly #leases: ExpiringLeases;
  readonly #listener: ChangeListener;
  #closed: Promise<void> | undefined;

  private constructor(database: Database, clock: ServerClock, context: BackendContext) {
    const { logger, examining = false } = context;
    const { id, hasRemote } = context.storage;
    const instance = randomUUID();
    this.#database = database;
    this.#storage = id;
    this.objects = new ObjectTable(database, id);
    this.refs = new RefTable(database, { storage: id, instance, clock, logger, takesBack: !hasRemote, examining });
    this.shallow = new ShallowTable(database, id);
    this.#leases = new ExpiringLeases(new LeaseTable(database, id, instance, logger));
    this.#listener = new ChangeListener(database, id, instance, clock, logger);
  }

  /** Connects, and makes the tables if they are not there. */
  static async open(settings: Settings, context: BackendContext): Promise<PostgresBackend> {
    const database = await Database.open(settings, `vexil ${context.storage.id}`, context.logger);
    try {
      context.signal.throwIfAborted();
      await ensureSchema(database, settings, { make: context.examining !== true });
      const clock = new ServerClock(database);
      await clock.read();
      context.signal.throwIfAborted();
      return new PostgresBackend(database, clock, context);
    } catch (error) {
      await database.close();
      throw openingError(error);
    }
  }

  watch(changed: () => void, signal: AbortSignal): void {
    this.#listener.watch(changed, signal);
  }

  prune(options: { readonly roots: readonly Oid[]; readonly keepNewerThanMs: number }): Promise<void> {
    return pruneObjects(this.#database, this.#storage, options);
  }

  lease(name: string, signal: AbortSignal): Promise<Lease | undefined> {
    return this.#leases.take(name, signal);
  }

  async turn(name: string, signal: AbortSignal): Promise<Turn | undefined> {
    // Behind a pooler each one that waits would hold one of its few sessions.
    return this.#listener.hasSession ? takeTurn(this.#database, this.#storage, name, signal) : undefined;
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    await this.#listener.close();
    await Promise.all([this.#leases.close(), this.refs.close()]);
    await this.#database.close();
  }
}
