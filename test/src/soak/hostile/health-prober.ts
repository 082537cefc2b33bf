import { Agent, get } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

// A thread of its own, so that nothing the soak does itself counts as silence of the daemon.

/** How the daemon has answered `/health/live`. */
export interface HealthReport {
  readonly answers: number;
  readonly failures: number;
  /** How many failed in each way. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Longest time from asking to the answer, or to the failure. */
  readonly longestSilenceMs: number;
}

const INTERVAL_MS = 25;
const DEADLINE_MS = 120_000;

const port = parentPort;
if (port !== null) {
  const agent = new Agent({ keepAlive: true });
  let answers = 0;
  let failures = 0;
  let longestSilenceMs = 0;
  const reasons: Record<string, number> = {};
  let isOver = false;
  const ask = (): void => {
    const startedAt = performance.now();
    const note = (failure?: string): void => {
      longestSilenceMs = Math.max(longestSilenceMs, performance.now() - startedAt);
      if (failure === undefined) answers += 1;
      else if (!isOver) {
        failures += 1;
        reasons[failure] = (reasons[failure] ?? 0) + 1;
      }
      if (!isOver) setTimeout(ask, INTERVAL_MS);
    };
    const request = get(`${String(workerData)}/health/live`, { agent, timeout: DEADLINE_MS }, (response) => {
      response.resume().once("end", () => note(response.statusCode === 200 ? undefined : String(response.statusCode)));
    });
    request.once("timeout", () => request.destroy()).once("error", (error) => note(error.message));
  };
  ask();
  port.once("message", () => {
    isOver = true;
    agent.destroy();
    port.postMessage({ answers, failures, reasons, longestSilenceMs } satisfies HealthReport);
    port.close();
  });
}
