import type { SinkStatus } from "@vexil/engine/model/sink-status";
import type { MetricFamily } from "./exposition.js";
import { families, type MetricEntry, type Value } from "./metric-entry.js";

const of = (type: "counter" | "gauge", labels: readonly string[], help: string): MetricEntry => ({
  type,
  labels: ["sink", ...labels],
  help,
});

/** Every metric of sinks. */
export const SINK_METRICS = {
  vexil_sink_events_total: of("counter", ["result"], "Events that a sink has taken, or that were put aside."),
  vexil_sink_failures_total: of("counter", [], "Deliveries that failed."),
  vexil_sink_up: of("gauge", [], "1 while a sink takes events, 0 while its last delivery failed."),
  vexil_sink_lag_commits: of("gauge", [], "Commits that wait for a sink, as far as known."),
  vexil_sink_lag_seconds: of("gauge", [], "How long the oldest of them has waited."),
} as const satisfies Readonly<Record<string, MetricEntry>>;

/** Metrics of sinks, each of whose accounts is kept where it delivers. */
export function sinkMetrics(sinks: readonly SinkStatus[]): readonly MetricFamily[] {
  const each = (value: (sink: SinkStatus) => number, labels?: Value[1]): readonly Value[] =>
    sinks.map((sink) => [value(sink), { sink: sink.name, ...labels }]);
  return families(SINK_METRICS, {
    vexil_sink_events_total: [
      ...each(({ delivered }) => delivered, { result: "delivered" }),
      ...each(({ dropped }) => dropped, { result: "dropped" }),
    ],
    vexil_sink_failures_total: each(({ failed }) => failed),
    vexil_sink_up: each(({ state }) => Number(state === "ready")),
    vexil_sink_lag_commits: each(({ lag }) => lag.commits),
    vexil_sink_lag_seconds: each(({ lag }) => lag.seconds),
  });
}
