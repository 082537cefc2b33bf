import { createClient, createCluster, RESP_TYPES } from "@redis/client";
import { type Logger, VexilError } from "@vexil/plugin-api";
import { CONNECT_MS, connectionOptions, displayOf } from "./connection-options.js";
import { Keys } from "./keys.js";
import { isConnectionLoss, NotSent, redisError } from "./redis-error.js";
import type { Settings } from "./settings.js";
import { withDeadline } from "./with-deadline.js";

/** Commands that are sent, to one server or a cluster. */
export type Client = Pick<ReturnType<typeof createClient>, "eval" | "hmGet" | "xRead" | "close" | "destroy">;

export interface CommandOptions {
  /** Longest time, the wait for a connection included. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export const COMMAND_MS = 4_000;
const CLOSE_MS = 1_500;
const BINARY = { [RESP_TYPES.BLOB_STRING]: Buffer } as const;

/** The connection of one storage. Every command has a deadline; one that misses it costs the connection. */
export class Redis {
  readonly keys: Keys;
  /** Where it is, for users. */
  readonly display: string;
  readonly #settings: Settings;
  readonly #logger: Logger;
  #connection: Promise<Client> | undefined;
  #isClosed = false;

  constructor(settings: Settings, storage: string, logger: Logger) {
    this.keys = new Keys(settings.key_prefix, storage);
    this.display = displayOf(settings);
    this.#settings = settings;
    this.#logger = logger;
  }

  /**
   * Runs a script that may be run again: it is, once, when the connection is lost right away. Texts come as Buffers.
   * @throws VexilError, or the reason of the caller's signal
   */
  query(script: string, keys: readonly string[], values: readonly (string | Buffer)[] = [], options?: CommandOptions) {
    return this.repeatable((client) => run(client, script, keys, values), options);
  }

  /** Runs a command that may be run again, as `query` does. */
  async repeatable<T>(command: (client: Client) => Promise<T>, options: CommandOptions = {}): Promise<T> {
    const { deadlineMs = COMMAND_MS, signal } = options;
    const deadline = performance.now() + deadlineMs;
    for (let first = true; ; first = false) {
      try {
        return await this.#send(command, { deadlineMs: deadline - performance.now(), signal });
      } catch (error) {
        signal?.throwIfAborted();
        const again = first && isConnectionLoss(error) && deadline - performance.now() > deadlineMs / 2;
        if (!again) throw this.error(error);
      }
    }
  }

  /** Runs a script, once. @throws what the client throws; see `error` */
  raw(script: string, keys: readonly string[], values: readonly (string | Buffer)[], options: CommandOptions) {
    return this.#send((client) => run(client, script, keys, values), options);
  }

  /** As an error of the storage. */
  error(thrown: unknown): VexilError {
    return redisError(thrown, { display: this.display, keys: this.keys.prefix });
  }

  /** A connection of its own, by the settings as they are now. Texts come as strings. */
  async newClient(lost: () => void): Promise<Client> {
    const options = await connectionOptions(this.#settings, this.#logger);
    const { socket, database: _, ...defaults } = options;
    const cluster = { rootNodes: [{ socket }], defaults: { ...defaults, socket } } as Parameters<
      typeof createCluster
    >[0];
    const client = this.#settings.cluster
      ? (createCluster(cluster) as unknown as ReturnType<typeof createClient>)
      : createClient(options);
    // The commands that are under way reject with it.
    client.on("error", lost);
    try {
      await withDeadline(client.connect(), CONNECT_MS);
      return client;
    } catch (error) {
      cut(client);
      throw error;
    }
  }

  /** Ends the connection; commands under way are given a moment and then cut. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const client = await this.#connection?.catch(() => undefined);
    if (client === undefined) return;
    await withDeadline(Promise.resolve(client.close()), CLOSE_MS).catch(() => {});
    cut(client);
  }

  async #send<T>(command: (client: Client) => Promise<T>, options: CommandOptions): Promise<T> {
    const { deadlineMs = COMMAND_MS, signal } = options;
    signal?.throwIfAborted();
    if (this.#isClosed) throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", "the storage is closed");
    const deadline = performance.now() + deadlineMs;
    this.#connection ??= this.#connect();
    const used = this.#connection;
    let client: Client;
    try {
      client = await withDeadline(used, deadlineMs);
    } catch (error) {
      this.#drop(used);
      throw new NotSent(error);
    }
    signal?.throwIfAborted();
    try {
      const answer = unlessAborted(command(client), signal);
      return await withDeadline(answer, deadline - performance.now());
    } catch (error) {
      signal?.throwIfAborted();
      if (isConnectionLoss(error)) {
        this.#drop(used);
        cut(client);
      }
      throw error;
    }
  }

  async #connect(): Promise<Client> {
    let lost = (): void => {};
    const client = await this.newClient(() => lost());
    const own = this.#connection;
    lost = () => this.#drop(own);
    return (client as unknown as { withTypeMapping(mapping: typeof BINARY): Client }).withTypeMapping(BINARY);
  }

  /** The next command makes another one. */
  #drop(connection: Promise<Client> | undefined): void {
    if (this.#connection === connection) this.#connection = undefined;
  }
}

/** Ends a connection without a word: the other side may be silent. */
export function cut(client: Pick<Client, "destroy"> | undefined): void {
  try {
    client?.destroy();
  } catch {
    // It is closed already.
  }
}

/** Runs a script on a connection. */
export function run(
  client: Client,
  script: string,
  keys: readonly string[],
  values: readonly (string | Buffer)[] = [],
): Promise<unknown> {
  return client.eval(script, { keys: [...keys], arguments: [...values] });
}

/** Waits no longer than the caller does; the command itself goes on. */
async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return answer;
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
