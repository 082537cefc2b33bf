import { type HrTime, ValueType } from "@opentelemetry/api";
import { hrTime, millisToHrTime } from "@opentelemetry/core";
import { emptyResource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from "@opentelemetry/sdk-metrics";
import type { MetricFamily, Sample } from "../http/metrics/exposition.js";
import { SCOPE } from "./scope.js";

/** The metrics of `/metrics` for the SDK's reader: the same names, labels and values, read when it asks. */
export class MetricSource implements MetricProducer {
  readonly #began: HrTime = millisToHrTime(Date.now());
  #read: (() => Promise<readonly MetricFamily[]>) | undefined;

  /** There is something to read from now on. */
  from(read: () => Promise<readonly MetricFamily[]>): void {
    this.#read = read;
  }

  async collect(): Promise<CollectionResult> {
    const families = (await this.#read?.()) ?? [];
    const times = { startTime: this.#began, endTime: hrTime() };
    const metrics = [...grouped(families, ({ name }) => name).values()].flatMap((same) => metricData(same, times));
    const scopeMetrics = metrics.length === 0 ? [] : [{ scope: SCOPE, metrics }];
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
  }
}

type Times = Pick<DataPoint<number>, "startTime" | "endTime">;

/** @param same families of one name, of several processes */
function metricData(same: readonly MetricFamily[], times: Times): readonly MetricData[] {
  const [first] = same;
  if (first === undefined) return [];
  const { name, help: description, type } = first;
  const samples = same.flatMap((family) => family.samples);
  if (samples.length === 0) return [];
  const common = {
    descriptor: { name, description, unit: unitOf(name), valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const points = (): DataPoint<number>[] =>
    samples.map(({ labels, value }) => ({ ...times, attributes: labels, value }));
  switch (type) {
    case "counter":
      return [{ ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points() }];
    case "histogram":
      return [{ ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: histograms(name, samples, times) }];
    default:
      return [{ ...common, dataPointType: DataPointType.GAUGE, dataPoints: points() }];
  }
}

/** Buckets of Prometheus count all that is below their bound; those here what is between two. */
function histograms(name: string, samples: readonly Sample[], times: Times): DataPoint<Histogram>[] {
  const bySeries = grouped(samples, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  return [...bySeries].map(([labels, series]) => {
    const value = (ending: string): number =>
      series.find(({ metricName }) => metricName === `${name}_${ending}`)?.value ?? 0;
    const count = value("count");
    const bounds = series
      .filter(({ metricName, labels: { le } }) => metricName === `${name}_bucket` && Number.isFinite(Number(le)))
      .map(({ labels: { le }, value: below }) => ({ bound: Number(le), below }))
      .sort((one, other) => one.bound - other.bound);
    const belows = [...bounds.map(({ below }) => below), count];
    return {
      ...times,
      attributes: JSON.parse(labels) as Sample["labels"],
      value: {
        buckets: {
          boundaries: bounds.map(({ bound }) => bound),
          counts: belows.map((below, index) => below - (belows[index - 1] ?? 0)),
        },
        sum: value("sum"),
        count,
      },
    };
  });
}

function grouped<One>(all: readonly One[], keyOf: (one: One) => string): ReadonlyMap<string, readonly One[]> {
  const groups = new Map<string, One[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/** The unit that a name ends with, as UCUM writes it. */
function unitOf(name: string): string {
  const base = name.replace(/_total$/, "");
  if (base.endsWith("_seconds")) return "s";
  if (base.endsWith("_milliseconds")) return "ms";
  return base.endsWith("_bytes") ? "By" : "";
}
