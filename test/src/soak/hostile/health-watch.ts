import { Worker } from "node:worker_threads";

/** How a server has answered. */
export interface HealthReport {
  readonly answers: number;
  readonly failures: number;
  /** How many failed in each way. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Longest time from asking to the answer, or to the failure. */
  readonly longestSilenceMs: number;
  /**
   * Most processor time that a process of it used during one question: what it did instead of answering. On a machine
   * that is busy with something else an answer waits for that, too.
   */
  readonly longestBusyMs: number;
}

/** Request of a prober, and the process whose processor time counts. */
export interface ProberTask {
  readonly url: string;
  readonly pid: number;
}

export type ProberMessage =
  | { readonly type: "silence"; readonly silenceMs: number; readonly busyMs: number }
  | { readonly type: "report"; readonly report: HealthReport };

export const NO_ANSWERS: HealthReport = { answers: 0, failures: 0, reasons: {}, longestSilenceMs: 0, longestBusyMs: 0 };

/** Asks a server whether it lives, all the time, until it is stopped. */
export class HealthWatch {
  readonly #thread: Worker;
  readonly #report: Promise<HealthReport>;

  /** @param onSilence is told of every silence above a second */
  constructor(task: ProberTask, onSilence: (silenceMs: number, busyMs: number) => void = () => {}) {
    this.#thread = new Worker(new URL("./health-prober.js", import.meta.url), { workerData: task });
    this.#report = new Promise((resolve, reject) => {
      this.#thread.once("error", reject);
      this.#thread.on("message", (message: ProberMessage) => {
        if (message.type === "report") resolve(message.report);
        else onSilence(message.silenceMs, message.busyMs);
      });
    });
    this.#report.catch(() => undefined);
  }

  async stop(): Promise<HealthReport> {
    this.#thread.postMessage("stop");
    const report = await this.#report;
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
    longestBusyMs: Math.max(a.longestBusyMs, b.longestBusyMs),
  };
}
