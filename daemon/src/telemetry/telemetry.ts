import type { RootLogger } from "@vexil/engine/observe/logger";
import type { ServedTelemetry } from "../http/services.js";
import type { Tracing } from "./tracing.js";

/** Traces, metrics and the log, sent to a collector. */
export interface Telemetry extends ServedTelemetry {
  /** The log, as everything else is to use it. */
  readonly logger: RootLogger;
  readonly tracing: Tracing | undefined;
  /** Sends what is left; `cut` ends that. Never rejects. */
  stop(cut: AbortSignal): Promise<void>;
}
