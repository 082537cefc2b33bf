import type { RootLogger } from "@vexil/engine/observe/logger";
import type { MetricFamily } from "../http/metrics/exposition.js";
import type { Tally } from "../http/reads/tally.js";
import type { Tracing } from "./tracing.js";

/** Traces, metrics and the log, sent to a collector. */
export interface Telemetry {
  /** The log, as everything else is to use it. */
  readonly logger: RootLogger;
  /** Undefined: no traces are sent. */
  readonly tracing: Tracing | undefined;
  /** Counts of what was sent, for the metrics. */
  readonly tally: Tally;
  /** There are metrics to send from now on. */
  metrics(read: () => Promise<readonly MetricFamily[]>): void;
  /** Sends what is left; `cut` ends that. Never rejects. */
  stop(cut: AbortSignal): Promise<void>;
}
