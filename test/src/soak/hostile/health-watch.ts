import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { HealthReport } from "./health-prober.js";

/** Asks a daemon whether it lives, all the time, until it is stopped. */
export class HealthWatch {
  readonly #thread: Worker;

  constructor(url: string) {
    this.#thread = new Worker(new URL("./health-prober.js", import.meta.url), { workerData: url });
  }

  async stop(): Promise<HealthReport> {
    const answered = once(this.#thread, "message");
    this.#thread.postMessage("stop");
    const [report] = (await answered) as [HealthReport];
    await this.#thread.terminate();
    return report;
  }
}

export function worseOf(a: HealthReport, b: HealthReport): HealthReport {
  const reasons = { ...a.reasons };
  for (const [reason, count] of Object.entries(b.reasons)) reasons[reason] = (reasons[reason] ?? 0) + count;
  return {
    reasons,
    answers: a.answers + b.answers,
    failures: a.failures + b.failures,
    longestSilenceMs: Math.max(a.longestSilenceMs, b.longestSilenceMs),
  };
}
