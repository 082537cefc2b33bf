import type { HttpServices } from "../http/services.js";
import type { Telemetry } from "../telemetry/telemetry.js";

/** All that the HTTP side and workers are given. */
export interface PoolServices extends HttpServices {
  /** Traces, of workers too, metrics and the log for a collector; undefined: there is none. */
  readonly telemetry?: Pick<Telemetry, "tracing" | "tally" | "metrics"> | undefined;
}
