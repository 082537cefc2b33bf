import type { LoadResult } from "./load.js";

/**
 * Processes a side. What V8 makes of the same code differs from process to process by some 8 %, whatever the time they
 * are measured for: with so many of them a difference of 5 % is seen.
 */
export const PAIRS = 9;

/** A load on a process of ours and on one that it is compared with, measured in turns. */
export interface Pair {
  readonly ours: LoadResult;
  readonly theirs: LoadResult;
}

export interface PairsSummary {
  /** Requests a second of processor time: ours by theirs, the mean over all pairs. */
  readonly ratio: number;
  /** Standard error of the ratio. */
  readonly error: number;
  readonly ours: LoadResult;
  readonly theirs: LoadResult;
}

/** Sums up pairs of processes. Processor time is what counts: the machine may be busy with something else. */
export function summaryOf(pairs: readonly Pair[]): PairsSummary {
  const ratios = pairs.map(({ ours, theirs }) => ours.requestsPerCpuSecond / theirs.requestsPerCpuSecond);
  return {
    ...meanOf(ratios),
    ours: together(pairs.map(({ ours }) => ours)),
    theirs: together(pairs.map(({ theirs }) => theirs)),
  };
}

/** The mean of ratios, and its standard error. */
export function meanOf(ratios: readonly number[]): { readonly ratio: number; readonly error: number } {
  const count = ratios.length;
  const ratio = ratios.reduce((sum, one) => sum + one, 0) / count;
  const squares = ratios.reduce((sum, one) => sum + (one - ratio) ** 2, 0);
  return { ratio, error: Math.sqrt(squares / (count - 1) / count) };
}

/** A ratio as a table shows it, with how far it may be off and how many processes told. */
export function ratioText({ ratio, error }: Pick<PairsSummary, "ratio" | "error">, pairs: number = PAIRS): string {
  return `${ratio.toFixed(3)} ± ${error.toFixed(3)} of the other's by CPU, ${pairs} processes each`;
}

function together(results: readonly LoadResult[]): LoadResult {
  const mean = (of: (result: LoadResult) => number): number =>
    results.reduce((sum, result) => sum + of(result), 0) / results.length;
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  const cpuSeconds = results.reduce((sum, result) => sum + result.cpuSeconds, 0);
  return {
    requestsPerSecond: mean(({ requestsPerSecond }) => requestsPerSecond),
    requestsPerCpuSecond: requests / cpuSeconds,
    cpuSeconds,
    p99Ms: mean(({ p99Ms }) => p99Ms),
    requests,
  };
}
