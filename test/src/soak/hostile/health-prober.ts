import { Agent, get } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import type { HealthReport, ProberMessage, ProberTask } from "./health-watch.js";
import { processorTimes } from "./processor-times.js";

// A thread of its own, so that nothing the soak does itself counts as silence of the daemon.

const INTERVAL_MS = 25;
const DEADLINE_MS = 120_000;
/** A silence that is worth telling at once. */
const LONG_MS = 1_000;

const port = parentPort;
if (port !== null) {
  const { url, pid } = workerData as ProberTask;
  const agent = new Agent({ keepAlive: true });
  const reasons: Record<string, number> = {};
  let [answers, failures, longestSilenceMs, longestBusyMs] = [0, 0, 0, 0];
  let open: { readonly askedAt: number; readonly used: ReadonlyMap<number, number> } | undefined;
  let isOver = false;
  const tell = (message: ProberMessage): void => port.postMessage(message);
  /** Counts the question that is open for as long as it has been. */
  const measure = (): void => {
    if (open === undefined) return;
    const { askedAt, used } = open;
    open = undefined;
    const silenceMs = performance.now() - askedAt;
    let busyMs = 0;
    for (const [process, ms] of processorTimes(pid)) busyMs = Math.max(busyMs, ms - (used.get(process) ?? 0));
    longestSilenceMs = Math.max(longestSilenceMs, silenceMs);
    longestBusyMs = Math.max(longestBusyMs, Math.min(busyMs, silenceMs));
    if (silenceMs > LONG_MS) tell({ type: "silence", silenceMs, busyMs });
  };
  const ask = (): void => {
    open = { askedAt: performance.now(), used: processorTimes(pid) };
    const note = (failure?: string): void => {
      if (isOver) return;
      measure();
      if (failure === undefined) answers += 1;
      else {
        failures += 1;
        reasons[failure] = (reasons[failure] ?? 0) + 1;
      }
      setTimeout(ask, INTERVAL_MS);
    };
    const request = get(url, { agent, timeout: DEADLINE_MS }, (response) => {
      response.resume().once("end", () => note(response.statusCode === 200 ? undefined : String(response.statusCode)));
    });
    request.once("timeout", () => request.destroy()).once("error", (error) => note(error.message));
  };
  ask();
  port.once("message", () => {
    isOver = true;
    measure();
    agent.destroy();
    const report: HealthReport = { answers, failures, reasons, longestSilenceMs, longestBusyMs };
    tell({ type: "report", report });
    port.close();
  });
}
