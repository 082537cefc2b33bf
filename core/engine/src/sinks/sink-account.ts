import type { Logger } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../model/clock.js";
import type { SinkStatus } from "../model/sink-status.js";
import { logEvent } from "../observe/catalogue.js";

/** A sink that fails for long says so again after this time. */
const SAY_AGAIN_MS = 600_000;

/** How a sink is: what it took, what failed, how far behind it is; and the lines about it. */
export class SinkAccount {
  readonly #name: string;
  readonly #type: string;
  readonly #clock: Pick<Clock, "now" | "elapsed">;
  readonly #logger: Logger;
  /** By what is delivered (an environment, a storage's states): since when something waits, and how many commits. */
  readonly #behind = new Map<string, { readonly since: number; readonly commits: number }>();
  #delivered = 0;
  #failed = 0;
  #dropped = 0;
  #failures = 0;
  #saidAt = Number.NEGATIVE_INFINITY;
  #lastError: SinkStatus["lastError"];

  constructor(name: string, type: string, clock: Pick<Clock, "now" | "elapsed">, logger: Logger) {
    this.#name = name;
    this.#type = type;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  delivered(count: number, fields: { readonly environment?: string; readonly revision?: string }): void {
    this.#delivered += count;
    if (this.#failures > 0) {
      logEvent(this.#logger, "sink.recovered", { sink: this.#name, failures: this.#failures });
      this.#failures = 0;
      this.#saidAt = Number.NEGATIVE_INFINITY;
    }
    logEvent(this.#logger, "sink.delivered", { sink: this.#name, count, ...fields });
  }

  failed({ code, message }: VexilError, nextInMs: (failures: number) => number): number {
    this.#failed += 1;
    this.#failures += 1;
    const now = this.#clock.elapsed();
    this.#lastError = { code, message, at: this.#clock.now() };
    const wait = nextInMs(this.#failures);
    if (now - this.#saidAt >= SAY_AGAIN_MS) {
      this.#saidAt = now;
      const fields = { code, reason: message, failures: this.#failures, next_in_ms: Math.round(wait) };
      logEvent(this.#logger, "sink.failed", { sink: this.#name, ...fields });
    }
    return wait;
  }

  dropped(id: string, { code, message }: VexilError, file: string): void {
    this.#dropped += 1;
    this.#lastError = { code, message, at: this.#clock.now() };
    logEvent(this.#logger, "sink.dropped", { sink: this.#name, id, code, reason: message, file });
  }

  /** @param commits that wait; 0: nothing does */
  waits(what: string, commits: number): void {
    if (commits === 0) this.#behind.delete(what);
    else this.#behind.set(what, { since: this.#behind.get(what)?.since ?? this.#clock.elapsed(), commits });
  }

  status(): SinkStatus {
    const waiting = [...this.#behind.values()];
    const oldest = Math.min(...waiting.map(({ since }) => since), this.#clock.elapsed());
    return {
      name: this.#name,
      type: this.#type,
      state: this.#failures > 0 ? "failing" : "ready",
      delivered: this.#delivered,
      failed: this.#failed,
      dropped: this.#dropped,
      lag: {
        commits: waiting.reduce((sum, { commits }) => sum + commits, 0),
        seconds: Math.round((this.#clock.elapsed() - oldest) / 1000),
      },
      lastError: this.#lastError,
    };
  }
}
