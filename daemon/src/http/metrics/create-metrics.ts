import { SharedLook } from "@vexil/engine/operators/shared-look";
import type { TallyData } from "../reads/tally.js";
import { exposition, type MetricFamily } from "./exposition.js";
import { type GaugeSource, gauges } from "./gauges.js";
import { sinkMetrics } from "./sink-metrics.js";
import { REQUESTS, TALLY_METRICS } from "./tally-metrics.js";
import { requestSamples, samplesOf } from "./tally-values.js";

/** Metrics of all processes together. */
export interface MetricsReport {
  readonly tally: TallyData;
  readonly streams: readonly (readonly [string, string, number])[];
  /** Metrics of the processes themselves. */
  readonly processes: readonly MetricFamily[];
}

export interface MetricsSource extends GaugeSource {
  readonly report: () => Promise<MetricsReport>;
  /** Without it only the processes' own metrics are shown. */
  readonly isEnabled: () => boolean;
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  families(): Promise<readonly MetricFamily[]>;
}

/** Prometheus metrics: their values are put together when they are asked for. */
export function createMetrics(source: MetricsSource): Metrics {
  const families = async (): Promise<readonly MetricFamily[]> => {
    const { tally, streams, processes } = await source.report();
    if (!source.isEnabled()) return processes;
    return [...processes, ...counted(tally), ...gauges(source, streams), ...sinkMetrics(source.sinks())];
  };
  const texts = new SharedLook(async () => exposition(await families()));
  return {
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    // Who asks need not show who it is: many at a time cost no more than one.
    text: () => texts.take(),
    families,
  };
}

function counted(tally: TallyData): readonly MetricFamily[] {
  const others = TALLY_METRICS.map((metric) => ({ ...metric, samples: samplesOf(metric, tally) }));
  return [{ ...REQUESTS, samples: requestSamples(tally) }, ...others];
}
