/** The longest time in milliseconds that a timer takes, some 25 days: one that is set for longer is over at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A signal that aborts after some milliseconds, with a `TimeoutError`, or as soon as one of others does.
 * @example await fetch(url, { signal: signalWithin(5_000, closing) })
 */
export function signalWithin(ms: number, ...others: readonly AbortSignal[]): AbortSignal {
  const late = AbortSignal.timeout(Math.min(ms, LONGEST_TIMER_MS));
  // What `any` alone knows of, Node 20 forgets when it collects garbage; what is listened to it keeps.
  late.addEventListener("abort", () => undefined, { once: true });
  return AbortSignal.any([late, ...others]);
}
