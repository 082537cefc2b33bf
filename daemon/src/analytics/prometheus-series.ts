import type { PrometheusConfig } from "@vexil/config/config";
import { signalWithin } from "@vexil/plugin-api/signal-within";
import { ANSWER_MS, askPrometheus, unavailable } from "./ask-prometheus.js";
import { type EvaluationSeries, timestampsOf } from "./evaluation-series.js";
import { evaluationsQuery } from "./prometheus-query.js";
import { checkSize, pointsOf, stepOf, type TimeRange } from "./time-range.js";

/**
 * Evaluations as Prometheus knows them.
 * @throws VexilError VEXIL_UNAVAILABLE_ANALYTICS, VEXIL_VALIDATION_ITEMS, VEXIL_VALIDATION_REQUEST
 */
export async function prometheusSeries(
  config: PrometheusConfig,
  place: readonly [environment: string, namespace: string],
  flags: readonly string[],
  range: TimeRange,
  gone: AbortSignal,
): Promise<ReadonlyMap<string, EvaluationSeries>> {
  const step = stepOf(range);
  const start = Math.floor(range.from / 1000) * 1000;
  const points = pointsOf(start, range.to + step, step);
  checkSize(flags.length, points.length);
  if (flags.length === 0) return new Map();
  const body = new URLSearchParams({
    query: evaluationsQuery(place, flags, step),
    start: String(start / 1000),
    end: String((points.at(-1) ?? start) / 1000),
    step: String(step / 1000),
    timeout: `${ANSWER_MS}ms`,
  });
  const found = matrixOf(await askPrometheus(config, body, signalWithin(ANSWER_MS, gone)));
  const timestamps = timestampsOf(points);
  return new Map(
    flags.map((flag) => {
      const values = new Array<number>(points.length).fill(0);
      for (const [seconds, count] of found.filter(([key]) => key === flag).flatMap(([, samples]) => samples)) {
        const index = Math.round((seconds * 1000 - start) / step);
        if (index in values) values[index] = (values[index] ?? 0) + Math.round(count);
      }
      return [flag, { timestamps, values }];
    }),
  );
}

type Sample = readonly [seconds: number, count: number];

function matrixOf(answer: unknown): readonly (readonly [flag: string, samples: readonly Sample[]])[] {
  const { data } = (answer ?? {}) as { readonly data?: { readonly resultType?: unknown; readonly result?: unknown } };
  if (data?.resultType !== "matrix" || !Array.isArray(data.result)) throw unavailable("answers what is no matrix");
  return data.result.map((found: { metric?: { flipt_flag?: unknown }; values?: unknown } | null) => {
    const samples = Array.isArray(found?.values) ? found.values : [];
    const isRead = samples.map((pair) => (Array.isArray(pair) ? [Number(pair[0]), Number(pair[1])] : [])) as number[][];
    const whole = isRead.filter(([seconds, count]) => Number.isFinite(seconds) && Number.isFinite(count));
    return [String(found?.metric?.flipt_flag ?? ""), whole as unknown as readonly Sample[]];
  });
}
