import { setTimeout as delay } from "node:timers/promises";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { signalWithin } from "@vexil/plugin-api/signal-within";
import { type Revocation, revocationText } from "../revocation.js";
import type { ExchangeState, RevocationLine, RevocationPlace } from "./revocation-place.js";

/** A start, and the answer to a logout, wait no longer for others. */
const START_MS = 3000;
const ANSWER_MS = 1000;
const CONNECT_MS = 5000;
/** Time after which a place gets back what it has lost unnoticed. */
const COMPARE_MS = 10 * 60_000;
/** Beyond so many they are not counted any more; told they are all the same. */
const MOST_UNTOLD = 100_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;

export interface RevocationExchangeOptions {
  readonly place: RevocationPlace;
  readonly logger: Logger;
  /** Those that are known here, and that concern others. */
  readonly known: () => readonly Revocation[];
  /** Told what others have ended. */
  readonly heard: (revocations: readonly Revocation[]) => void;
}

/**
 * Tells others which sessions were ended here, and hears of theirs. Both sides only ever grow, so after any failure they
 * are compared, and each gets what it lacks. While the place is away what is known here counts.
 */
export class RevocationExchange {
  readonly #options: RevocationExchangeOptions;
  readonly #over = new AbortController();
  #line: RevocationLine | undefined;
  #running: Promise<void> = Promise.resolve();
  #isConnected = false;
  #hasHeard = false;
  #since = Date.now();
  readonly #untold = new Set<string>();
  #reason: string | undefined;
  /** Why the line was closed. */
  #fault: unknown;
  #tried: () => void = () => undefined;

  constructor(options: RevocationExchangeOptions) {
    this.#options = options;
  }

  /** Tells whether all that others had ended was known once. */
  get hasHeard(): boolean {
    return this.#hasHeard;
  }

  get state(): Omit<ExchangeState, "isHolding"> {
    return {
      place: this.#options.place.name,
      isConnected: this.#isConnected,
      since: this.#since,
      untold: this.#untold.size,
      reason: this.#reason,
    };
  }

  /** Resolves when what others know is known here, when that has failed, or has taken too long. */
  async start(): Promise<void> {
    const tried = new Promise<void>((resolve) => {
      this.#tried = resolve;
    });
    this.#running = this.#run();
    await Promise.race([tried, delay(START_MS, undefined, { ref: false })]);
  }

  /** Resolves once others can know it, or soon: they are told later then. */
  async tell(revocation: Revocation): Promise<void> {
    const line = this.#line;
    const text = revocationText(revocation);
    if (this.#untold.size < MOST_UNTOLD) this.#untold.add(text);
    if (line === undefined) return;
    const told = line.publish([revocation]).then(
      () => this.#untold.delete(text),
      (fault: unknown) => {
        // It is told when both sides are compared.
        this.#fault = fault;
        line.close();
      },
    );
    await Promise.race([told, delay(ANSWER_MS, undefined, { ref: false })]);
  }

  async close(): Promise<void> {
    this.#over.abort();
    this.#line?.close();
    await Promise.race([this.#running, delay(ANSWER_MS, undefined, { ref: false })]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#over;
    for (let failures = 0; !signal.aborted; ) {
      this.#fault = undefined;
      try {
        await this.#follow(() => {
          failures = 0;
        });
      } catch (thrown) {
        if (signal.aborted) break;
        failures += 1;
        this.#failed(toVexilError(this.#fault ?? thrown).message);
      }
      await delay(retryMs(failures), undefined, { signal }).catch(() => undefined);
    }
    this.#tried();
  }

  async #follow(connected: () => void): Promise<void> {
    const line = await this.#options.place.connect(signalWithin(CONNECT_MS, this.#over.signal));
    this.#line = line;
    try {
      while (!this.#over.signal.aborted) {
        await this.#compare(line);
        connected();
        this.#succeeded();
        const again = performance.now() + COMPARE_MS;
        while (performance.now() < again) {
          const news = await line.next();
          // What the place has lost it gets back.
          if (news === undefined) break;
          this.#options.heard(news);
        }
      }
    } finally {
      this.#line = undefined;
      line.close();
    }
  }

  async #compare(line: RevocationLine): Promise<void> {
    const there = await line.readAll();
    this.#options.heard(there);
    this.#hasHeard = true;
    const untold = [...this.#untold];
    const texts = new Set(there.map(revocationText));
    const missing = this.#options.known().filter((revocation) => !texts.has(revocationText(revocation)));
    if (missing.length > 0) await line.publish(missing);
    for (const text of untold) this.#untold.delete(text);
  }

  #succeeded(): void {
    this.#tried();
    if (this.#isConnected) return;
    this.#become(true, undefined);
    logEvent(this.#options.logger, "session.shared", { place: this.#options.place.name });
  }

  #failed(reason: string): void {
    this.#tried();
    const isNews = this.#isConnected || reason !== this.#reason;
    this.#become(false, reason);
    if (isNews) logEvent(this.#options.logger, "session.unshared", { place: this.#options.place.name, reason });
  }

  #become(isConnected: boolean, reason: string | undefined): void {
    if (isConnected !== this.#isConnected) this.#since = Date.now();
    this.#isConnected = isConnected;
    this.#reason = reason;
  }
}

/** Doubles, and is drawn from the upper half: those that lost it together do not all come back at once. */
function retryMs(failures: number): number {
  const most = Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS);
  return most * (0.5 + Math.random() / 2);
}
