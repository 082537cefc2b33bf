import { type Lease, type Logger, VexilError } from "@vexil/plugin-api";
import type { Redis } from "./redis.js";

/** A lease runs out this long after its last renewal: the time until somebody else takes over from a killed holder. */
const LEASE_MS = 3_000;
const RENEW_MS = 800;
/** The holder gives up this long before others may take over. */
const MARGIN_MS = 500;
const FREE_MS = 1_500;

const TAKE = `
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1`;
const FREE = `if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end return 1`;

/** Leases as keys that run out. What a holder does that has lost its lease without a word, compare-and-swap refuses. */
export class LeaseKeys {
  readonly #redis: Redis;
  readonly #instance: string;
  readonly #logger: Logger;
  readonly #held = new Map<string, { readonly release: () => Promise<void> }>();

  constructor(redis: Redis, instance: string, logger: Logger) {
    this.#redis = redis;
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
      this.#logger.log("info", "redis.lease-lost", "a lease was lost", { lease: name, reason });
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
        if (performance.now() >= validUntil) lose("the server did not answer");
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
      // A renewal under way would bring the key back.
      await renewing;
      await this.#redis.query(FREE, [this.#redis.keys.lease(name)], [this.#instance], { deadlineMs: FREE_MS });
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
    const values = [this.#instance, String(LEASE_MS)];
    return Number(await this.#redis.query(TAKE, [this.#redis.keys.lease(name)], values, { signal })) === 1;
  }
}
