import type { LeaseStore, Logger } from "@vexil/plugin-api";
import type { Redis } from "./redis.js";

const FREE_MS = 1_500;

const TAKE = `
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1`;
const FREE = `if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end return 1`;

/** Leases as keys that run out. What a holder does that has lost its lease without a word, compare-and-swap refuses. */
export class LeaseKeys implements LeaseStore {
  readonly #redis: Redis;
  readonly #instance: string;
  readonly #logger: Logger;

  constructor(redis: Redis, instance: string, logger: Logger) {
    this.#redis = redis;
    this.#instance = instance;
    this.#logger = logger;
  }

  async take(name: string, forMs: number, signal: AbortSignal): Promise<boolean> {
    const values = [this.#instance, String(forMs)];
    return Number(await this.#redis.query(TAKE, [this.#redis.keys.lease(name)], values, { signal })) === 1;
  }

  async free(name: string): Promise<void> {
    await this.#redis.query(FREE, [this.#redis.keys.lease(name)], [this.#instance], { deadlineMs: FREE_MS });
  }

  lost(name: string, reason: string): void {
    this.#logger.log("info", "redis.lease-lost", "a lease was lost", { lease: name, reason });
  }
}
