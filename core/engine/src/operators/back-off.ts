import type { VexilError } from "@vexil/plugin-api/errors";
import { LONGEST_TIMER_MS } from "@vexil/plugin-api/signal-within";
import { policyOf } from "../model/error-policy.js";

const JITTER = 0.1;
const RETRY_AFTER_MAX_MS = 5 * 60_000;

/** Facts that the time of the next poll depends on. */
export interface BackOff {
  readonly pollIntervalMs: number;
  /** Polls that failed in a row, this one included; 0 after a success. */
  readonly failures: number;
  readonly error: VexilError | undefined;
}

/**
 * Milliseconds until the next poll. Success: the period ±10 %. Failure: soon at first (a tenth of the period, 1 s at
 * least), doubling, and never later than twice the period, unless the remote asks for more by Retry-After (5 min at most).
 * Authentication failures are not retried sooner than the period (`poll` of the error policy).
 */
export function nextDelayMs(pace: BackOff, random: () => number = Math.random): number {
  const jitter = 1 + JITTER * (2 * random() - 1);
  const period = pace.pollIntervalMs;
  if (pace.failures === 0) return Math.min(Math.round(period * jitter), LONGEST_TIMER_MS);
  const asked = Math.min(pace.error?.details.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
  const soon = pace.error === undefined || policyOf(pace.error).poll === "soon";
  const first = soon ? Math.max(1_000, period / 10) : period;
  const backOff = Math.min(first * 2 ** (pace.failures - 1), (2 * period) / (1 + JITTER));
  return Math.min(Math.round(Math.max(backOff * jitter, asked)), LONGEST_TIMER_MS);
}

/** Bounds of a back-off that doubles. */
export interface Doubling {
  readonly firstMs: number;
  readonly longestMs: number;
  /** Part by which it may be shorter, 0…1: what failed together does not come again together. */
  readonly spread: number;
}

/**
 * Milliseconds until something that has failed is tried again.
 * @param failures in a row, from 1 on
 */
export function doublingMs(
  failures: number,
  { firstMs, longestMs, spread }: Doubling,
  random: () => number = Math.random,
): number {
  return Math.min(firstMs * 2 ** (failures - 1), longestMs) * (1 - spread * (1 - random()));
}
