import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "./clock.js";

/** Calls `due` after a while, unless what is returned is called before. */
export function after(clock: Clock, ms: number, due: () => void): () => void {
  const scheduled = clock.scheduler.schedule(due, ms);
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
  const controller = new AbortController();
  const aborted = (): void => controller.abort(also?.reason);
  const cancel = after(clock, ms, () => controller.abort(error));
  if (also?.aborted === true) aborted();
  also?.addEventListener("abort", aborted, { once: true });
  try {
    return await step(controller.signal);
  } finally {
    cancel();
    also?.removeEventListener("abort", aborted);
  }
}

function tooLate(ms: number): VexilError {
  return new VexilError("VEXIL_CONNECTION_TIMEOUT", `there was no result within ${ms / 1000} s`);
}
