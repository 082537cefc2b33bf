import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { RunningDaemon } from "./daemon.js";

const EVERY_MS = 20;
/** One tick of the clock in `/proc/<pid>/stat` (proc(5)). */
const TICK_MS = 10;

/** The longest that a probe waited. */
export interface Silence {
  readonly ms: number;
  /**
   * Processor time that the daemon used while a probe waited. On a machine that is busy with something else a probe
   * waits for that, too; this counts only what the daemon did instead of answering.
   */
  readonly busyMs: number;
}

/** Asks `/health/live` again and again until it is stopped. */
export interface SilenceMeter {
  stop(): Promise<Silence>;
}

/** Measures how long a daemon leaves its liveness probe without an answer. */
export function measureSilence(daemon: Pick<RunningDaemon, "url" | "child">): SilenceMeter {
  let longest: Silence = { ms: 0, busyMs: 0 };
  let stopped = false;
  const asking = (async () => {
    while (!stopped) {
      const asked = performance.now();
      const used = processorMs(daemon.child.pid ?? 0);
      const answer = await fetch(`${daemon.url}/health/live`, { signal: AbortSignal.timeout(120_000) });
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`/health/live answered ${answer.status}`);
      longest = {
        ms: Math.max(longest.ms, performance.now() - asked),
        busyMs: Math.max(longest.busyMs, processorMs(daemon.child.pid ?? 0) - used),
      };
      await delay(EVERY_MS);
    }
  })();
  asking.catch(() => undefined);
  return {
    stop: async () => {
      stopped = true;
      await asking;
      return longest;
    },
  };
}

/** User and system time of a process; its children's is not among it. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
