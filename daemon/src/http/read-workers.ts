import type { StreamSlots } from "./limits/stream-slots.js";
import type { MetricsReport } from "./metrics/create-metrics.js";

/** The worker processes, as the process that owns writes sees them. */
export interface ReadWorkers {
  /** Number of workers that are alive. */
  readonly size: number;
  /** Places for streams, those of the workers among them. */
  readonly slots: StreamSlots;
  /** Resolves when every worker answers from what was published so far. */
  settled(): Promise<void>;
  /** The same, but without a limit that workers have to keep: for measuring. */
  published(): Promise<void>;
  /** Returns the counts of all workers. */
  report(): Promise<MetricsReport>;
}
