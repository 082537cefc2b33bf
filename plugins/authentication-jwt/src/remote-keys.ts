import { boundedFetch, type Logger, VexilError } from "@vexil/plugin-api";
import { EVENTS } from "./events.js";
import { keysOf, sameKeys, type VerificationKey } from "./verification-key.js";

const FETCH_MS = 5000;
/** After a fetch has ended the next one waits so long, whoever asks. */
const PAUSE_MS = 5000;
/** Keys that are older are fetched again beside the work, so that one that is withdrawn ends some day. */
const FRESH_MS = 10 * 60_000;
const MOST_BYTES = 1024 * 1024;
/** Tokens that wait for other keys: whoever makes up more does not hold up those whose keys are known. */
const MOST_WAITING = 200;

/** The keys of an issuer, kept: fetched when one is asked for that is not there, and the last good ones while it is away. */
export class RemoteKeys {
  readonly #url: string;
  readonly #logger: Logger;
  readonly #changed: () => void;
  readonly #closed = new AbortController();
  #keys: readonly VerificationKey[] = [];
  #fetching: Promise<void> | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;
  #problem: VexilError | undefined;
  #waiting = 0;

  /** @param changed called when other keys are there than before */
  constructor(url: string, logger: Logger, changed: () => void) {
    this.#url = url;
    this.#logger = logger;
    this.#changed = changed;
    void this.#fetch();
  }

  /** Keys that may have made a signature: those that are known. */
  get known(): readonly VerificationKey[] {
    if (performance.now() - this.#endedAt > FRESH_MS) void this.#fetch();
    return this.#keys;
  }

  /**
   * Looks whether there are other keys; everybody who waits shares the answer.
   * @returns undefined: a look was taken just now
   * @throws VexilError VEXIL_UNAVAILABLE_PROVIDER
   */
  async refreshed(signal: AbortSignal): Promise<readonly VerificationKey[] | undefined> {
    if (this.#fetching === undefined && performance.now() - this.#endedAt < PAUSE_MS) {
      if (this.#problem !== undefined) throw this.#problem;
      return undefined;
    }
    await this.#wait(signal);
    signal.throwIfAborted();
    if (this.#problem !== undefined) throw this.#problem;
    return this.#keys;
  }

  close(): void {
    this.#closed.abort();
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting >= MOST_WAITING) {
      throw new VexilError("VEXIL_UNAVAILABLE_PROVIDER", "too many tokens wait for the issuer's keys");
    }
    this.#waiting += 1;
    try {
      await Promise.race([this.#fetch(), aborted(signal)]);
    } finally {
      this.#waiting -= 1;
    }
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#take().finally(() => {
      this.#fetching = undefined;
      this.#endedAt = performance.now();
    });
    return this.#fetching;
  }

  async #take(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    try {
      const keys = keysOf(parsed(await this.#read()));
      if (keys.length === 0) throw new Error("the answer holds no key that can be used");
      // Issuers that put the same keys in another order, or a time beside them, change nobody's token.
      const isNew = this.#keys.length > 0 && !sameKeys(keys, this.#keys);
      this.#keys = keys;
      this.#problem = undefined;
      if (isNew) this.#changed();
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      const reason = reasonOf(error);
      const isNews = this.#problem === undefined;
      this.#problem = new VexilError("VEXIL_UNAVAILABLE_PROVIDER", `the issuer's keys cannot be fetched: ${reason}`);
      const fields = { url: this.#url, reason, known: this.#keys.length };
      if (isNews) this.#logger.log("warn", "keys.unread", EVENTS["keys.unread"].message, fields);
    }
  }

  async #read(): Promise<string> {
    const bounds = { deadlineMs: FETCH_MS, maxBytes: MOST_BYTES, signal: this.#closed.signal };
    const headers = { accept: "application/json, application/jwk-set+json" };
    const response = await boundedFetch(bounds)(this.#url, { headers, redirect: "error" });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    return response.text();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("the answer is no JSON");
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${FETCH_MS / 1000} s`;
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? `${error.message}: ${cause.message}` : error.message;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
