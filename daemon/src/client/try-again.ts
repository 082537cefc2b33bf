import { setTimeout as sleep } from "node:timers/promises";
import { RefusedError, UnreachableError } from "./client-errors.js";

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Waits before the daemon is asked again, the longer the more often that has failed; the signal ends it. */
export async function pauseBefore(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
}

/** Tells whether something may go well another time: nobody answers, the daemon starts or is overloaded. */
export function isPassing(error: unknown): boolean {
  if (error instanceof UnreachableError) return error.status === undefined;
  return error instanceof RefusedError && error.status !== undefined && (error.status >= 500 || error.status === 429);
}
