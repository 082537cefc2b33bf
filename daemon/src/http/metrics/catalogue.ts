import { GAUGES } from "./gauge-catalogue.js";
import type { MetricEntry } from "./metric-entry.js";
import { PROCESS_METRICS } from "./process-catalogue.js";
import { SINK_METRICS } from "./sink-metrics.js";
import { REQUESTS, TALLY_METRICS } from "./tally-metrics.js";

/**
 * Every metric of `/metrics`, by its name (those that begin with `flipt_` are the compatible system's). A test asks a
 * daemon for exactly these.
 */
export const METRICS: Readonly<Record<string, MetricEntry>> = {
  ...GAUGES,
  ...SINK_METRICS,
  ...PROCESS_METRICS,
  ...Object.fromEntries(
    [REQUESTS, ...TALLY_METRICS].map(({ name, type, labels, help }) => [name, { type, labels, help }]),
  ),
};
