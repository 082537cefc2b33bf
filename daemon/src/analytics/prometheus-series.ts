import type { PrometheusConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import { type EvaluationSeries, seriesOf } from "./evaluation-series.js";
import { evaluationsQuery } from "./prometheus-query.js";
import { pointsOf, stepOf, type TimeRange } from "./time-range.js";

const ANSWER_MS = 10_000;
const MOST_BYTES = 32e6;

/**
 * Evaluations as Prometheus knows them.
 * @throws VexilError VEXIL_UNAVAILABLE_ANALYTICS
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
  if (flags.length === 0) return new Map();
  const body = new URLSearchParams({
    query: evaluationsQuery(place, flags, step),
    start: String(start / 1000),
    end: String((points.at(-1) ?? start) / 1000),
    step: String(step / 1000),
    timeout: `${ANSWER_MS}ms`,
  });
  const found = matrixOf(await ask(config, body, AbortSignal.any([gone, AbortSignal.timeout(ANSWER_MS)])));
  return new Map(
    flags.map((flag) => {
      const values = new Array<number>(points.length).fill(0);
      for (const [seconds, count] of found.filter(([key]) => key === flag).flatMap(([, samples]) => samples)) {
        const index = Math.round((seconds * 1000 - start) / step);
        if (index in values) values[index] = (values[index] ?? 0) + Math.round(count);
      }
      return [flag, seriesOf(points, values)];
    }),
  );
}

async function ask({ url, headers }: PrometheusConfig, body: URLSearchParams, signal: AbortSignal): Promise<unknown> {
  const sent = Object.entries(headers).map(([name, value]): [string, string] => [name, value.reveal()]);
  let text: string;
  try {
    const response = await fetch(`${url.replace(/\/+$/, "")}/api/v1/query_range`, {
      method: "POST",
      headers: [...sent, ["accept", "application/json"]],
      body,
      // What the headers tell is for this server alone.
      redirect: "error",
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw unavailable(`answers with status ${response.status}`);
    }
    text = await bodyOf(response);
  } catch (error) {
    if (VexilError.is(error)) throw error;
    throw unavailable(signal.aborted ? `did not answer within ${ANSWER_MS / 1000} s` : reasonOf(error), error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unavailable("answers what is no JSON", error);
  }
}

async function bodyOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) throw unavailable(`answers with more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
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

function reasonOf(error: unknown): string {
  const { cause, message } = error as {
    readonly cause?: { readonly code?: string; readonly message?: string };
    readonly message?: string;
  };
  return `cannot be reached: ${cause?.code ?? cause?.message ?? message ?? "unknown"}`;
}

function unavailable(what: string, cause?: unknown): VexilError {
  const message = `Prometheus ${what} (analytics.storage.prometheus)`;
  return new VexilError("VEXIL_UNAVAILABLE_ANALYTICS", message, { cause });
}
