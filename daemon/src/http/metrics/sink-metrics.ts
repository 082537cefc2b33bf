import type { SinkStatus } from "@vexil/engine/model/sink-status";
import type { MetricFamily, Sample } from "./exposition.js";

/** Metrics of sinks, each of whose accounts is kept where it delivers. */
export function sinkMetrics(sinks: readonly SinkStatus[]): readonly MetricFamily[] {
  const family = (
    name: string,
    type: "counter" | "gauge",
    help: string,
    values: (sink: SinkStatus) => readonly (readonly [value: number, labels?: Sample["labels"]])[],
  ): MetricFamily => ({
    name,
    help,
    type,
    samples: sinks.flatMap((sink) =>
      values(sink).map(([value, labels = {}]) => ({ metricName: name, labels: { sink: sink.name, ...labels }, value })),
    ),
  });
  return [
    family("vexil_sink_events_total", "counter", "Events that a sink has taken, or that were put aside.", (sink) => [
      [sink.delivered, { result: "delivered" }],
      [sink.dropped, { result: "dropped" }],
    ]),
    family("vexil_sink_failures_total", "counter", "Deliveries that failed.", ({ failed }) => [[failed]]),
    family("vexil_sink_up", "gauge", "1 while a sink takes events, 0 while its last delivery failed.", ({ state }) => [
      [Number(state === "ready")],
    ]),
    family("vexil_sink_lag_commits", "gauge", "Commits that wait for a sink, as far as known.", ({ lag }) => [
      [lag.commits],
    ]),
    family("vexil_sink_lag_seconds", "gauge", "How long the oldest of them has waited.", ({ lag }) => [[lag.seconds]]),
  ];
}
