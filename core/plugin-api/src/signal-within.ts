/**
 * A signal that aborts after some milliseconds, with a `TimeoutError`, or as soon as one of others does.
 * @example await fetch(url, { signal: signalWithin(5_000, closing) })
 */
export function signalWithin(ms: number, ...others: readonly AbortSignal[]): AbortSignal {
  const late = AbortSignal.timeout(ms);
  // What `any` alone knows of, Node 20 forgets when it collects garbage; what is listened to it keeps.
  late.addEventListener("abort", () => undefined, { once: true });
  return AbortSignal.any([late, ...others]);
}
