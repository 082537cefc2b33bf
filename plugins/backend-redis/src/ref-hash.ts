import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Logger, type Oid, type RefName, type RefStore, type RefUpdate, VexilError } from "@vexil/plugin-api";
import type { DataIdentity } from "./data-identity.js";
import type { Redis } from "./redis.js";
import { isConnectionLoss, NotSent } from "./redis-error.js";
import { ServerClock } from "./server-clock.js";
import { LIST, MADE, SWAP } from "./swap-script.js";

/** How long a swap may be tried; a write must have its answer within 5 s of the server going away. */
const SWAP_MS = 3_500;
/** The script acts only this long after it was sent, so that it is settled when the answer has been given. */
const ACT_MS = 2_500;
const PAUSE_MS = 100;
/** How long a backend that is closed tries to take back what must not stand. */
const LAST_MS = 2_000;

type SwapAnswer = "swapped" | "differs" | "late" | "gone";

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

export interface RefHashOptions {
  /** Of this daemon, for those who hear of the change. */
  readonly instance: string;
  readonly identity: DataIdentity;
  readonly logger: Logger;
  /**
   * A swap that was answered as failed must not stand. Where the truth is a remote's, refs are moved after the remote's
   * yes, and taking that back would only serve an older state for a while.
   */
  readonly takesBack: boolean;
}

/** Git's refs as fields of one hash. */
export class RefHash implements RefStore {
  readonly #redis: Redis;
  readonly #options: RefHashOptions;
  readonly #clock = new ServerClock();
  /** Swaps that were answered as failed although nobody knows: they are undone before anything else is seen. */
  #unknown: readonly Unsettled[] = [];
  #resolving: Promise<void> | undefined;

  constructor(redis: Redis, options: RefHashOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  async list(prefix: string, signal?: AbortSignal): Promise<ReadonlyMap<RefName, Oid>> {
    await this.#resolveUnknown();
    const { keys } = this.#redis;
    for (;;) {
      const answer = await this.#redis.query(LIST, [keys.meta, keys.refs], [], { signal });
      const [id, [seconds, micros], pairs] = answer as readonly [Buffer, readonly [Buffer, Buffer], readonly Buffer[]];
      this.#clock.observe(Number(seconds) * 1_000 + Number(micros) / 1_000);
      if (await this.#options.identity.holds(String(id))) return this.#refsOf(pairs, prefix);
    }
  }

  async compareAndSwap(updates: readonly RefUpdate[]): Promise<boolean> {
    if (updates.length === 0) return true;
    await this.#resolveUnknown();
    const swap: Swap = { id: randomUUID(), updates };
    const deadline = performance.now() + SWAP_MS;
    let lost = false;
    for (;;) {
      let reason: unknown;
      try {
        const answer = await this.#send(swap, deadline);
        if (answer === "swapped" || answer === "differs") return answer === "swapped";
        reason = await this.#afterRefusal(answer);
      } catch (error) {
        if (!isConnectionLoss(error)) throw this.#redis.error(error);
        lost = lost || !(error instanceof NotSent);
        reason = error;
      }
      if (performance.now() + PAUSE_MS < deadline && !isNobody(reason)) {
        await pause(PAUSE_MS);
        continue;
      }
      if (lost && this.#options.takesBack) this.#unknown = [...this.#unknown, { swap, back: reversed(updates) }];
      throw this.#redis.error(reason);
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
    const { keys } = this.#redis;
    const notAfter = this.#clock.at(now + Math.min(ACT_MS, deadline - now));
    const answer = await this.#redis.raw(
      SWAP,
      [keys.meta, keys.refs, keys.swaps, keys.changes],
      [
        ...[this.#options.identity.id, id, String(notAfter), this.#options.instance],
        ...updates.flatMap((update) => [update.ref, update.old ?? "", update.new ?? ""]),
      ],
      { deadlineMs: deadline - now },
    );
    return String(answer) as SwapAnswer;
  }

  /** Looks at the clock, or at what is there now. @returns why the swap was not made */
  async #afterRefusal(answer: "late" | "gone"): Promise<VexilError> {
    // Where it is gone for good, this says so.
    if (answer === "gone") await this.list("");
    else await this.list("").catch(() => {});
    return new VexilError("VEXIL_UNAVAILABLE_STORAGE", `Redis at ${this.#redis.display} took the write too late`);
  }

  #refsOf(pairs: readonly Buffer[], prefix: string): ReadonlyMap<RefName, Oid> {
    const refs: [RefName, Oid][] = [];
    for (let at = 0; at < pairs.length; at += 2) {
      const [name, oid] = [String(pairs[at]), String(pairs[at + 1])];
      if (!/^[0-9a-f]{40}$/.test(oid) || !name.startsWith("refs/") || !Buffer.from(name).equals(pairs[at] as Buffer)) {
        const message = `${this.#redis.keys.refs} in Redis has a field that is no ref: ${JSON.stringify(name.slice(0, 80))}`;
        throw new VexilError(
          "VEXIL_UNAVAILABLE_CORRUPT",
          `${message}; remove it, or put the storage back from a backup`,
        );
      }
      if (name.startsWith(prefix)) refs.push([name, oid]);
    }
    return new Map(refs.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /**
   * A swap whose answer was lost with the server, and which the caller was told has failed, must not appear later.
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
    const { logger } = this.#options;
    for (let one = this.#unknown[0]; one !== undefined; one = this.#unknown[0]) {
      const { swap, back } = one;
      const fields = { refs: swap.updates.map((update) => update.ref) };
      const answer = await this.#settled(back, performance.now() + deadlineMs);
      if (answer === "swapped") {
        logger.log("warn", "redis.write-undone", "a write whose answer was lost was reverted", fields);
      } else if (answer === "differs" && (await this.#wasMade(swap.id))) {
        const message = "a write was reported as failed but stands: others built on it before it could be reverted";
        logger.log("error", "redis.write-stands", message, fields);
      }
      this.#unknown = this.#unknown.filter((other) => other !== one);
    }
  }

  /** Sends it until there is an answer that counts; data that are gone hold nothing to take back. */
  async #settled(swap: Swap, deadline: number): Promise<SwapAnswer> {
    try {
      const answer = await this.#send(swap, deadline);
      if (answer !== "late") return answer;
      const { keys } = this.#redis;
      const now = (await this.#redis.query(LIST, [keys.meta, keys.refs])) as readonly [unknown, readonly Buffer[]];
      this.#clock.observe(Number(now[1][0]) * 1_000 + Number(now[1][1]) / 1_000);
      return await this.#settledInTime(swap, deadline);
    } catch (error) {
      throw this.#redis.error(error);
    }
  }

  async #settledInTime(swap: Swap, deadline: number): Promise<SwapAnswer> {
    const answer = await this.#send(swap, deadline);
    if (answer !== "late") return answer;
    throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", `Redis at ${this.#redis.display} is too slow`);
  }

  async #wasMade(id: string): Promise<boolean> {
    return Number(await this.#redis.query(MADE, [this.#redis.keys.swaps], [id])) === 1;
  }
}

function reversed(updates: readonly RefUpdate[]): Swap {
  const back = updates.map(({ ref, old, new: next }) => ({ ref, old: next, new: old, reason: "not acknowledged" }));
  return { id: randomUUID(), updates: back };
}

/** Nobody answers at the address: trying again at once is no use. */
function isNobody(error: unknown): boolean {
  return error instanceof NotSent && (error.cause as { code?: unknown } | undefined)?.code === "ECONNREFUSED";
}
