import { VexilError } from "@vexil/plugin-api/errors";
import type { TellCounts } from "./shared-counts.js";

const TELL_MS = 100;
const SWEEP_MS = 10_000;
/** Clients looked after at the same time; beyond that those seen longest ago begin anew. */
const CLIENTS = 100_000;

interface Bucket {
  /** Requests that may come at once. */
  tokens: number;
  at: number;
}

/**
 * How many requests a second a client may send (`server.limits.requests_per_second`): a bucket for each that holds a
 * second's worth. What other processes answered of a client's requests is taken out of its bucket here, too.
 */
export class RequestRate {
  readonly #limit: () => number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #spent = new Map<string, number>();
  readonly #tell: TellCounts | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(limit: () => number, tell: TellCounts | undefined) {
    this.#limit = limit;
    this.#tell = tell;
    setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  get isOn(): boolean {
    return this.#limit() > 0;
  }

  /** Counts a request. Returns why it is refused, if it is. */
  refusal(client: string): VexilError | undefined {
    const limit = this.#limit();
    const bucket = this.#bucket(client, limit);
    if (bucket.tokens < 1) {
      return new VexilError(
        "VEXIL_OVERLOADED_REQUESTS",
        `more than ${limit} requests a second (server.limits.requests_per_second)`,
        { details: { retryAfterMs: Math.ceil(((1 - bucket.tokens) * 1000) / limit) } },
      );
    }
    bucket.tokens -= 1;
    if (this.#tell !== undefined) {
      this.#spent.set(client, (this.#spent.get(client) ?? 0) + 1);
      this.#timer ??= setTimeout(() => this.#flush(), TELL_MS).unref();
    }
    return undefined;
  }

  /** Takes in the answers that another process has given since its last report. */
  hear(spent: readonly (readonly [string, number])[]): void {
    const limit = this.#limit();
    if (limit === 0) return;
    for (const [client, count] of spent) {
      const bucket = this.#bucket(client, limit);
      bucket.tokens = Math.max(-limit, bucket.tokens - count);
    }
  }

  #bucket(client: string, limit: number): Bucket {
    const now = performance.now();
    const bucket = this.#buckets.get(client) ?? this.#newBucket(client, limit, now);
    bucket.tokens = Math.min(limit, bucket.tokens + ((now - bucket.at) * limit) / 1000);
    bucket.at = now;
    return bucket;
  }

  #newBucket(client: string, limit: number, at: number): Bucket {
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= CLIENTS && oldest !== undefined) this.#buckets.delete(oldest);
    const bucket = { tokens: limit, at };
    this.#buckets.set(client, bucket);
    return bucket;
  }

  #flush(): void {
    this.#timer = undefined;
    this.#tell?.([...this.#spent]);
    this.#spent.clear();
  }

  /** A bucket that nobody took from for a while is full again, and need not be kept. */
  #sweep(): void {
    const before = performance.now() - SWEEP_MS;
    for (const [client, { at }] of this.#buckets) if (at < before) this.#buckets.delete(client);
  }
}
