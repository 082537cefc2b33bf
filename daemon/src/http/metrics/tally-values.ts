import { LATENCY_BUCKETS_MS, type LatencyData, seriesParts, type TallyData } from "../reads/tally.js";
import type { Sample } from "./exposition.js";
import { REQUESTS, type TallyMetric } from "./tally-metrics.js";

/** The samples of one metric. A metric without labels is there from the start, at zero. */
export function samplesOf(metric: TallyMetric, tally: TallyData): readonly Sample[] {
  return metric.type === "counter" ? counterSamples(metric, tally) : histogramSamples(metric, tally);
}

function counterSamples(metric: TallyMetric, { counts }: TallyData): readonly Sample[] {
  const samples: Sample[] = [];
  for (const [name, value] of counts) {
    const labels = labelsOf(metric, name);
    if (labels !== undefined) samples.push({ metricName: metric.name, labels, value });
  }
  if (samples.length === 0 && metric.labels.length === 0)
    samples.push({ metricName: metric.name, labels: {}, value: 0 });
  return samples;
}

function histogramSamples(metric: TallyMetric, { latencies }: TallyData): readonly Sample[] {
  const observed = [...latencies].flatMap(([name, latency]) => {
    const labels = labelsOf(metric, name);
    return labels === undefined ? [] : [{ labels, latency }];
  });
  if (observed.length === 0 && metric.labels.length === 0) observed.push({ labels: {}, latency: NOTHING });
  return observed.flatMap(({ labels, latency }) => histogram(metric, labels, latency));
}

const NOTHING: LatencyData = { buckets: [], count: 0, sum: 0 };

function histogram({ name, unit }: TallyMetric, labels: Sample["labels"], latency: LatencyData): readonly Sample[] {
  const scale = unit === "seconds" ? 1000 : 1;
  return [
    ...LATENCY_BUCKETS_MS.map((bound, index) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: bound / scale },
      value: latency.buckets[index] ?? 0,
    })),
    { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: latency.count },
    { metricName: `${name}_sum`, labels, value: latency.sum / scale },
    { metricName: `${name}_count`, labels, value: latency.count },
  ];
}

function labelsOf(metric: TallyMetric, name: string): Record<string, string> | undefined {
  const [series, ...values] = seriesParts(name);
  if (series !== metric.series) return undefined;
  return Object.fromEntries(metric.labels.map((label, index) => [label, values[index] ?? ""]));
}

/** Requests are results and errors together, so that the hot path counts each evaluation once. */
export function requestSamples({ counts }: TallyData): readonly Sample[] {
  const sums = new Map<string, Sample & { value: number }>();
  for (const [name, value] of counts) {
    const [series, environment = "", namespace = "", flag = ""] = seriesParts(name);
    if (series !== "evaluation_results" && series !== "evaluation_errors") continue;
    const key = `${environment}\u0000${namespace}\u0000${flag}`;
    const labels = { flipt_environment: environment, flipt_namespace: namespace, flipt_flag: flag };
    const sample = sums.get(key) ?? { metricName: REQUESTS.name, labels, value: 0 };
    sums.set(key, { ...sample, value: sample.value + value });
  }
  return [...sums.values()];
}
