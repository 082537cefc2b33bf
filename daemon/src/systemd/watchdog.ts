import type { Notifier } from "./notify.js";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Pings the service manager's watchdog for as long as the event loop turns (sd_watchdog_enabled(3)): the pings come from
 * the loop's own timer, so a loop that is blocked or stopped misses them. Does nothing when no watchdog asks this process.
 * @returns ends the pings
 */
export function startWatchdog(env: Env, notifier: Notifier): () => void {
  const everyMs = watchdogInterval(env, process.pid);
  if (everyMs === undefined) return () => undefined;
  let sending = false;
  let beaten = false;
  const ping = async (): Promise<void> => {
    // A beat while the one before is still on its way goes out after it, not with the next beat.
    beaten = true;
    if (sending) return;
    sending = true;
    while (beaten) {
      beaten = false;
      await notifier.watchdog();
    }
    sending = false;
  };
  void ping();
  const timer = setInterval(() => void ping(), everyMs).unref();
  return () => clearInterval(timer);
}

/** Milliseconds between two pings: a third of what the watchdog allows, so that one may come late. */
export function watchdogInterval(env: Env, pid: number): number | undefined {
  const microseconds = Number(env.WATCHDOG_USEC);
  if (!Number.isFinite(microseconds) || microseconds <= 0) return undefined;
  const asked = env.WATCHDOG_PID;
  if (asked !== undefined && asked !== "" && Number(asked) !== pid) return undefined;
  return Math.max(1, Math.floor(microseconds / 3000));
}
