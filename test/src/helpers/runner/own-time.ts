import type { Scope } from "../files/temporary-directory.js";

const TICK_MS = 50;

/**
 * A clock for promises about time that are kept within the test's own process: it stands still while a crowded machine
 * gives this process no turn, so that what it shows is at most what the timers of that code have seen pass.
 * @returns milliseconds since the call
 */
export function ownTime(scope: Scope): () => number {
  let ownMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    ownMs += Math.min(now - last, 2 * TICK_MS);
    last = now;
  }, TICK_MS);
  scope.teardown(() => clearInterval(timer));
  return () => ownMs;
}
