import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@vexil/plugin-api";
import { type Client, cut, type Redis, run } from "./redis.js";
import { withDeadline } from "./with-deadline.js";

/** The server answers after this time where nothing comes, which shows a dead connection. */
const LISTEN_MS = 3_000;
const ANSWER_MS = 3_000;
/** Changes that are read at once. */
const PAGE = 1_000;
/** Losses of the connection in a row that the host is told of: then it knows. */
const LOSSES_TOLD = 4;
const BACKOFF_MS = [100, 250, 500, 1_000] as const;

/** The number of the newest change; "0-0" where there is none. */
const NEWEST = `
local newest = redis.call("XREVRANGE", KEYS[1], "+", "-", "COUNT", 1)[1]
return newest and newest[1] or "0-0"`;

/**
 * Hears of what other daemons swap, by a stream: what came while the connection was away is read on, and where that
 * stream was cut or put back, everything is looked at.
 */
export class ChangeListener {
  readonly #redis: Redis;
  readonly #instance: string;
  readonly #logger: Logger;
  readonly #hints = new Set<() => void>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #client: Client | undefined;

  constructor(redis: Redis, instance: string, logger: Logger) {
    this.#redis = redis;
    this.#instance = instance;
    this.#logger = logger;
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
    cut(this.#client);
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stop.signal.aborted; ) {
      const started = performance.now();
      try {
        this.#client = await this.#redis.newClient(() => {});
        await this.#listen(this.#client);
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        const fields = { error: this.#redis.error(error).message };
        this.#logger.log("debug", "redis.listener-lost", "the connection that waits for changes broke", fields);
      }
      cut(this.#client);
      // Whether the server is gone shows when the storage is looked at, which nobody else might do for a while.
      if (failures < LOSSES_TOLD) this.#hint();
      failures = performance.now() - started > LISTEN_MS * 2 ? 0 : failures + 1;
      const backoff = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? 0;
      await pause(backoff * (0.5 + Math.random()), undefined, { signal: this.#stop.signal, ref: false }).catch(
        () => {},
      );
    }
    cut(this.#client);
  }

  /** Runs until the connection breaks or goes silent. */
  async #listen(client: Client): Promise<void> {
    const key = this.#redis.keys.changes;
    const newest = async (): Promise<string> => String(await withDeadline(run(client, NEWEST, [key]), ANSWER_MS));
    let last = await newest();
    this.#hint();
    while (!this.#stop.signal.aborted) {
      const reading = client.xRead({ key, id: last }, { BLOCK: LISTEN_MS, COUNT: PAGE });
      const answer = await withDeadline(reading, LISTEN_MS + ANSWER_MS);
      const entries = (answer ?? []).flatMap(({ messages }) => messages);
      if (entries.some(({ message }) => message.by !== this.#instance)) this.#hint();
      if (entries.length > 0) {
        last = entries.at(-1)?.id ?? last;
        continue;
      }
      const now = await newest();
      // Another one is the newest than the one that was: the stream was emptied, or a backup was put back.
      if (now !== last) this.#hint();
      last = now;
    }
  }

  #hint(): void {
    for (const hint of this.#hints) hint();
  }
}
