import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@vexil/plugin-api";
import type pg from "pg";
import { cut, type Database } from "./database.js";
import { databaseError, isConnectionLoss } from "./database-error.js";
import { channelOf } from "./ensure-schema.js";
import type { ServerClock } from "./server-clock.js";
import { withDeadline } from "./with-deadline.js";

/** While notifications arrive, a look at this pace catches what a dead session or a lost one would hide. */
const PING_MS = 3_000;
/** Without them, this is how changes are noticed. */
const POLL_MS = 1_000;
const ANSWER_MS = 3_000;
/** How long the self-probe waits for its own notification. */
const PROBE_MS = 1_500;
/** Losses of the connection in a row that the host is told of: then it knows. */
const LOSSES_TOLD = 4;
const BACKOFF_MS = [100, 250, 500, 1_000] as const;

/**
 * Notices what other daemons swap: by LISTEN/NOTIFY where notifications arrive, else by asking for the storage's version
 * again and again. Its connection is made anew whenever it breaks or goes silent, and then everything is looked at.
 */
export class ChangeListener {
  readonly #database: Database;
  readonly #storage: string;
  readonly #instance: string;
  readonly #clock: ServerClock;
  readonly #logger: Logger;
  readonly #hints = new Set<() => void>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #probe: { readonly payload: string; readonly arrived: () => void } | undefined;
  /** The newest one that was heard of or seen. */
  #version: number | undefined;
  #client: pg.Client | undefined;
  /** Aborted when the connection breaks, and at close. */
  #session = new AbortController();
  #listening: boolean | undefined;

  constructor(database: Database, storage: string, instance: string, clock: ServerClock, logger: Logger) {
    this.#database = database;
    this.#storage = storage;
    this.#instance = instance;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** True if connections are sessions of the server: notifications arrive, so no pooler is in between. */
  get hasSession(): boolean {
    return this.#listening === true;
  }

  watch(changed: () => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#hints.add(changed);
    signal.addEventListener("abort", () => this.#hints.delete(changed), { once: true });
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#hints.clear();
    this.#session.abort();
    cut(this.#client);
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stop.signal.aborted; ) {
      const started = performance.now();
      try {
        this.#client = await this.#database.newClient();
        await this.#listen(this.#client);
      } catch (error) {
        const fields = { error: databaseError(error, this.#database.display).message };
        this.#logger.log("debug", "postgres.listener-lost", "the connection that waits for changes broke", fields);
      }
      cut(this.#client);
      this.#database.distrustIdle();
      // Whether the database is gone shows when the storage is looked at, which nobody else might do for a while.
      if (failures < LOSSES_TOLD) this.#hint();
      failures = performance.now() - started > PING_MS * 2 ? 0 : failures + 1;
      await this.#wait(BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 0);
    }
  }

  /** Runs until the connection breaks or goes silent. */
  async #listen(client: pg.Client): Promise<void> {
    const session = new AbortController();
    this.#session = session;
    client.on("error", () => session.abort());
    client.on("end", () => session.abort());
    client.on("notification", ({ payload = "" }) => this.#notified(payload));
    await withDeadline(client.connect(), ANSWER_MS);
    let listening = (await this.#subscribe(client)) ? await this.#probeNotifications() : this.#told(false);
    this.#hint();
    while (!session.signal.aborted && !this.#stop.signal.aborted) {
      const moved = await withDeadline(this.#hasChanged(client), ANSWER_MS);
      if (moved) this.#hint();
      // A change that came without its notification: perhaps none arrive any more.
      if (moved && listening) listening = await this.#probeNotifications();
      await this.#wait(listening ? PING_MS : POLL_MS, session.signal);
    }
  }

  /** Asks for the version of the storage and the time. Resolves to whether others moved it unheard. */
  async #hasChanged(client: pg.Client): Promise<boolean> {
    const { rows } = await client.query<{ version: string; now: string }>(
      `select extract(epoch from clock_timestamp()) * 1000 as now,
         coalesce((select version from ${this.#database.schema}.storages where storage = $1), 0)::text as version`,
      [this.#storage],
    );
    this.#clock.observe(Number(rows[0]?.now));
    const version = Number(rows[0]?.version);
    // Lower than before: a dump was restored.
    const moved = this.#version !== undefined && this.#version !== version;
    this.#version = version;
    return moved;
  }

  /** Tells whether a notification sent on another connection arrives here. */
  async #probeNotifications(): Promise<boolean> {
    const payload = `probe ${randomUUID()}`;
    const arrived = new Promise<boolean>((resolve) => {
      this.#probe = { payload, arrived: () => resolve(true) };
    });
    await this.#database.query("select pg_notify($1, $2)", [channelOf(this.#database.schema), payload]);
    const listening = await Promise.race([arrived, this.#wait(PROBE_MS).then(() => false)]);
    this.#probe = undefined;
    return this.#told(listening);
  }

  /** Tells whether the server takes the subscription: some poolers refuse it. */
  async #subscribe(client: pg.Client): Promise<boolean> {
    try {
      await withDeadline(client.query(`listen "${channelOf(this.#database.schema)}"`), ANSWER_MS);
      return true;
    } catch (error) {
      if (isConnectionLoss(error)) throw error;
      return false;
    }
  }

  /** Notes, and logs where it is news, whether notifications arrive. */
  #told(listening: boolean): boolean {
    if (listening !== (this.#listening ?? true)) {
      if (listening) this.#logger.log("info", "postgres.notifications-arrived", "notifications of the database arrive");
      else {
        const message = "notifications of the database do not arrive (a pooler may swallow them); it is polled instead";
        this.#logger.log("warn", "postgres.notifications-missing", message, { poll_interval_ms: POLL_MS });
      }
    }
    this.#listening = listening;
    return listening;
  }

  #notified(payload: string): void {
    if (payload === this.#probe?.payload) this.#probe.arrived();
    const [storage, sender, version] = payload.split(" ");
    if (storage !== this.#storage) return;
    this.#version = Math.max(Number(version), this.#version ?? 0);
    if (sender !== this.#instance) this.#hint();
  }

  #hint(): void {
    for (const hint of this.#hints) hint();
  }

  /** Ends early when the listener is closed, or the signal is aborted. */
  async #wait(ms: number, signal: AbortSignal = this.#stop.signal): Promise<void> {
    await pause(ms, undefined, { signal, ref: false }).catch(() => {});
  }
}
