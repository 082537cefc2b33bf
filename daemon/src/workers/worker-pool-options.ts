import type { ServerLimits } from "@vexil/config/config";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { Logger } from "@vexil/plugin-api";
import type { Callers } from "../access/callers.js";
import type { Decide } from "../http/rights/decision.js";
import type { Tracing } from "../telemetry/tracing.js";
import type { EvaluationCount } from "../usage/evaluation-count.js";

export interface WorkerPoolOptions {
  readonly count: number;
  readonly snapshots: SnapshotReader;
  /** Those that count until the workers are told others. */
  readonly limits: ServerLimits;
  /** Answers workers that ask about rights. */
  readonly decide: Decide;
  readonly logger: Logger;
  /** Whose credentials are. */
  readonly callers: Callers;
  /** Told what workers have evaluated. */
  readonly evaluated: (counts: readonly EvaluationCount[]) => void;
  /** How long a worker may give no sign of life; for tests. */
  readonly hangsMs?: number | undefined;
  readonly tracing?: Pick<Tracing, "take"> | undefined;
}
