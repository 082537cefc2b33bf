import type { SnapshotReader, StatusReader } from "@vexil/core";
import { collectDefaultMetrics, Gauge, type Metric, Registry } from "prom-client";
import type { TallyData } from "../reads/tally.js";
import { TALLY_METRICS } from "./catalogue.js";
import { requestSamples, type Sample, samplesOf } from "./tally-values.js";

export interface MetricsSource {
  readonly snapshots: SnapshotReader;
  readonly status: StatusReader;
  /** What all processes together have counted. */
  readonly report: () => Promise<{
    readonly tally: TallyData;
    readonly streams: readonly (readonly [string, string, number])[];
  }>;
  readonly workers: () => number;
  readonly queueLength: () => number;
  /** Without it only the process's own metrics are shown. */
  readonly enabled: boolean;
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Prometheus metrics: their values are put together when they are asked for. */
export function createMetrics(source: MetricsSource): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  let report: Awaited<ReturnType<MetricsSource["report"]>> = {
    tally: { counts: new Map(), latencies: new Map() },
    streams: [],
  };
  if (source.enabled) {
    const samples = (name: string, help: string, type: string, values: () => readonly Sample[]): void =>
      registry.registerMetric({
        name,
        get: async () => ({ name, help, type, values: values(), aggregator: "sum" }),
        reset: () => {},
      } as unknown as Metric);
    samples("flipt_evaluations_requests_total", "Evaluations asked for.", "counter", () =>
      requestSamples(report.tally),
    );
    for (const metric of TALLY_METRICS) {
      samples(metric.name, metric.help, metric.type, () => samplesOf(metric, report.tally));
    }
    registerGauges(registry, source, () => report.streams);
  }
  return {
    contentType: registry.contentType,
    text: async () => {
      if (source.enabled) report = await source.report();
      return registry.metrics();
    },
  };
}

function registerGauges(
  registry: Registry,
  { snapshots, status, workers, queueLength }: MetricsSource,
  streams: () => readonly (readonly [string, string, number])[],
): void {
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    fill: (set: (value: number, labels?: Readonly<Record<Label, string>>) => void) => void,
  ): Gauge<Label> =>
    new Gauge<Label>({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        this.reset();
        fill((value, labels) => (labels === undefined ? this.set(value) : this.inc(labels, value)));
      },
    });
  const place = ["environment", "namespace"] as const;
  gauge("flipt_evaluations_streams_in_progress", "Streams open now.", place, (set) => {
    for (const [environment, namespace, count] of streams()) set(count, { environment, namespace });
  });
  gauge("vexil_stream_subscribers", "Streams open now, all together.", [], (set) =>
    set(streams().reduce((sum, [, , count]) => sum + count, 0)),
  );
  gauge("vexil_workers", "Processes that answer reads.", [], (set) => set(workers()));
  gauge("vexil_write_queue_length", "Writes that have not been answered yet.", [], (set) => set(queueLength()));
  gauge("vexil_flags", "Flags served.", place, (set) => {
    for (const { info, snapshot } of snapshots.all()) {
      for (const [namespace, { flags }] of snapshot?.namespaces ?? []) {
        set(flags.size, { environment: info.key, namespace });
      }
    }
  });
  gauge("flipt_git_branches_total", "Branches followed.", ["remote"], (set) => {
    for (const { info } of snapshots.all()) set(1, { remote: info.remote ?? "" });
  });
  gauge("vexil_storage_last_success_timestamp_seconds", "When the last poll succeeded.", ["storage"], (set) => {
    for (const { id, lastSuccess } of status.storages()) {
      if (lastSuccess !== undefined) set(lastSuccess / 1000, { storage: id });
    }
  });
  gauge("vexil_storage_staleness_seconds", "How old what is served may be.", ["storage"], (set) => {
    for (const { id, stalenessSeconds } of status.storages()) set(stalenessSeconds, { storage: id });
  });
}
