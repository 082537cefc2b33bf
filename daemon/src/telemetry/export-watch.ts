import { diag } from "@opentelemetry/api";
import { redactText } from "@vexil/config/redact";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { series, type Tally } from "../http/reads/tally.js";
import type { PartialSuccess } from "./partial-success.js";
import type { Signal } from "./signals.js";

const SILENCE_MS = 10 * 60_000;

/** Counts what becomes of what is sent, and tells of failures: one line for a series of them, and one when it ends. */
export class ExportWatch {
  readonly #signal: Signal;
  readonly #tally: Tally;
  readonly #logger: Logger;
  #failures = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #rejected = 0;
  #rejectedToldAt = Number.NEGATIVE_INFINITY;

  constructor(signal: Signal, tally: Tally, logger: Logger) {
    this.#signal = signal;
    this.#tally = tally;
    this.#logger = logger;
    for (const result of ["sent", "failed", "rejected", "dropped"] as const) this.#count(result, 0);
  }

  /**
   * The collector has said yes.
   * @param partial what it said beside; of the items it may have rejected some
   */
  sent(items: number, partial?: PartialSuccess): void {
    const rejected = Math.min(items, partial?.rejected ?? 0);
    this.#count("sent", items - rejected);
    if (partial !== undefined && rejected > 0) this.#rejects(rejected, partial);
    else if (partial !== undefined) diag.warn("the collector says:", partial.message);
    if (this.#failures === 0) return;
    logEvent(this.#logger, "telemetry.recovered", { signal: this.#signal, failures: this.#failures });
    this.#failures = 0;
    this.#toldAt = Number.NEGATIVE_INFINITY;
  }

  failed(items: number, error: Error | undefined): void {
    this.#count("failed", items);
    this.#failures += 1;
    const now = performance.now();
    if (now - this.#toldAt < SILENCE_MS) return;
    this.#toldAt = now;
    const reason = redactText(reasonOf(error));
    logEvent(this.#logger, "telemetry.failed", { signal: this.#signal, failures: this.#failures, reason });
  }

  /** There was no room for it. */
  dropped(items: number): void {
    this.#count("dropped", items);
  }

  /** A line of the log is a record itself: one for each answer would go on for ever. */
  #rejects(items: number, { message }: PartialSuccess): void {
    this.#count("rejected", items);
    this.#rejected += items;
    const now = performance.now();
    if (now - this.#rejectedToldAt < SILENCE_MS) return;
    this.#rejectedToldAt = now;
    const reason = redactText(message.slice(0, LONGEST_REASON));
    logEvent(this.#logger, "telemetry.rejected", { signal: this.#signal, items: this.#rejected, reason });
  }

  #count(result: "sent" | "failed" | "rejected" | "dropped", items: number): void {
    this.#tally.count(series("telemetry_items", this.#signal, result), items);
  }
}

/** Answers of collectors may be long, and repeat what they were sent. */
const LONGEST_REASON = 200;

function reasonOf(error: Error | undefined): string {
  const { code, message = "" } = (error ?? {}) as { readonly code?: unknown; readonly message?: string };
  const text = [code === undefined ? "" : String(code), message].filter((part) => part !== "").join(" ");
  return (text === "" ? "the collector did not take it" : text).slice(0, LONGEST_REASON);
}
