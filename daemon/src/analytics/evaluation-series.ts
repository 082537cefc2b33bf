/** How often a flag was evaluated, step by step. */
export interface EvaluationSeries {
  /** RFC 3339, whole seconds. */
  readonly timestamps: readonly string[];
  readonly values: readonly number[];
}

/** @param points epoch milliseconds */
export function timestampsOf(points: readonly number[]): EvaluationSeries["timestamps"] {
  return points.map((point) => `${new Date(point).toISOString().slice(0, 19)}Z`);
}

/** Fewer points: each is the mean of as many of before, and has the time of their first. What is left over falls off. */
export function thinned({ timestamps, values }: EvaluationSeries, limit: number): EvaluationSeries {
  if (limit <= 0 || timestamps.length <= limit) return { timestamps, values };
  const size = Math.floor(timestamps.length / limit);
  const starts = Array.from({ length: limit }, (_, index) => index * size);
  return {
    timestamps: starts.map((start) => timestamps[start] ?? ""),
    values: starts.map((start) => values.slice(start, start + size).reduce((sum, value) => sum + value, 0) / size),
  };
}
