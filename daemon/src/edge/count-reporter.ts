import { setTimeout as sleep } from "node:timers/promises";
import { doublingMs } from "@vexil/engine/operators/back-off";
import { toVexilError, type VexilError } from "@vexil/plugin-api/errors";
import { signalWithin } from "@vexil/plugin-api/signal-within";
import { rowsText, type UsageRow } from "../usage/usage-rows.js";
import type { UpstreamClient } from "./upstream-client.js";

/** Hours that wait for an upstream that is away; the oldest give way. */
const MOST_WAITING = 500;
const BACK_OFF = { firstMs: 1_000, longestMs: 300_000, spread: 0.5 };
const ANSWER_MS = 30_000;
const ANSWER_BYTES = 65_536;

/** Parts of reports. */
export interface CountReporterParts {
  /** Undefined: nobody is to be told. Asked for each time. */
  readonly client: () => UpstreamClient | undefined;
  readonly failed: (error: VexilError) => void;
  readonly succeeded: () => void;
}

/**
 * Tells the upstream what was counted: each hour as a whole, the newest state of it alone, until it has answered. So what
 * is told again after a failure, or a restart, counts once.
 */
export class CountReporter {
  readonly #parts: CountReporterParts;
  readonly #due = new Map<string, readonly UsageRow[]>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: CountReporterParts) {
    this.#parts = parts;
  }

  report(name: string, rows: readonly UsageRow[]): void {
    if (this.#parts.client() === undefined || rows.length === 0) return;
    this.#due.set(name, rows);
    const [oldest] = this.#due.keys();
    if (this.#due.size > MOST_WAITING && oldest !== undefined) this.#due.delete(oldest);
    if (this.#stopping.signal.aborted) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Tells what is left, once, and no more. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    for (const [name, rows] of this.#due) {
      if (signal.aborted || !(await this.#send(name, rows, signal).then(isDone, () => false))) return;
      this.#due.delete(name);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      const [next] = this.#due;
      if (next === undefined) return;
      const [name, rows] = next;
      try {
        await this.#send(name, rows, signal);
        failures = 0;
        this.#parts.succeeded();
        // One that has grown meanwhile is told once more.
        if (this.#due.get(name) === rows) this.#due.delete(name);
      } catch (thrown) {
        if (signal.aborted) return;
        const error = toVexilError(thrown);
        this.#parts.failed(error);
        failures += 1;
        // What it will never take must not keep the others back.
        if (error.code === "VEXIL_REMOTE_STATUS") this.#due.delete(name);
        const pauseMs = (error.details.retryAfterMs ?? 0) + doublingMs(failures, BACK_OFF);
        await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async #send(name: string, rows: readonly UsageRow[], signal: AbortSignal): Promise<unknown> {
    return this.#parts.client()?.json(
      {
        method: "PUT",
        path: `/api/v2/usage/${name}`,
        body: await rowsText(rows),
        signal: signalWithin(ANSWER_MS, signal),
        silenceMs: ANSWER_MS,
      },
      ANSWER_BYTES,
    );
  }
}

function isDone(): boolean {
  return true;
}
