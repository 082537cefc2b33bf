import { VexilError } from "@vexil/plugin-api/errors";
import { LONGEST_TIMER_MS } from "@vexil/plugin-api/signal-within";
import type { Clock } from "./clock.js";

/** Calls `due` after a while, unless what is returned is called before. */
export function after(clock: Clock, ms: number, due: () => void): () => void {
  const scheduled = clock.scheduler.schedule(due, Math.min(ms, LONGEST_TIMER_MS));
  return () => scheduled.unsubscribe();
}

/** Resolves after a while; rejects with the signal's reason once that aborts. */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = after(clock, ms, () => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    });
    if (signal?.aborted === true) aborted();
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

/** Resolves, or rejects, as the promise does, but resolves after a while in any case. No timer is left behind. */
export async function atMost(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  let cancel: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    cancel = after(clock, ms, resolve);
  });
  await Promise.race([promise, late]).finally(() => cancel());
}

/**
 * Runs a step whose signal aborts after a while, and with `also`. No timer is left behind.
 * @param error what it aborts with
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  step: (signal: AbortSignal) => Promise<T>,
  { also, error = tooLate(ms) }: { readonly also?: AbortSignal; readonly error?: VexilError } = {},
): Promise<T> {
  const late = new AbortController();
  const cancel = after(clock, ms, () => late.abort(error));
  return abortedBy(also === undefined ? [late.signal] : [late.signal, also], step).finally(cancel);
}

/**
 * Runs a step whose signal aborts as soon as one of these does. No listener is left behind; `AbortSignal.any` would keep
 * something of every step for as long as they live.
 */
export async function abortedBy<T>(
  signals: readonly AbortSignal[],
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController();
  const listeners = signals.map((signal) => [signal, () => either.abort(signal.reason)] as const);
  for (const [signal, aborted] of listeners) {
    if (signal.aborted) aborted();
    else signal.addEventListener("abort", aborted, { once: true });
  }
  try {
    return await step(either.signal);
  } finally {
    for (const [signal, aborted] of listeners) signal.removeEventListener("abort", aborted);
  }
}

function tooLate(ms: number): VexilError {
  return new VexilError("VEXIL_CONNECTION_TIMEOUT", `there was no result within ${ms / 1000} s`);
}
