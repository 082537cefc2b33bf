import type { Config } from "@vexil/config/config";
import type { Engine } from "@vexil/engine/model/engine";
import type { SinkReader } from "@vexil/engine/model/sink-status";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { StatusReader } from "@vexil/engine/model/storage-status";
import type { Logger } from "@vexil/plugin-api";
import type { Authentication } from "../access/authentication.js";
import type { EdgeRole } from "../edge/edge-role.js";
import type { UsageKeeper } from "../usage/usage-keeper.js";
import type { EventSource } from "./events/event-source.js";
import type { MetricFamily } from "./metrics/exposition.js";
import type { Tally } from "./reads/tally.js";
import type { ServedTracing } from "./request-tracing.js";
import type { RightsEngine } from "./rights/rights-engine.js";

/** All that the HTTP side is given. Nothing of it is owned: whoever made it closes it. */
export interface HttpServices {
  readonly config: Config;
  readonly snapshots: SnapshotReader;
  readonly status: StatusReader;
  readonly engine: Engine;
  readonly logger: Logger;
  readonly authentication: Authentication;
  /** Decides about rights; without one nothing is allowed where rights are required. */
  readonly rights?: Pick<RightsEngine, "decider" | "fault" | "policyState">;
  /** Sinks of events; undefined: there are none. */
  readonly sinks?: SinkReader;
  /** Loads what events are read by; undefined: there are none. */
  readonly events?: EventSource;
  /** Makes the daemon an edge, if it is one; undefined: it never is. */
  readonly edge?: EdgeRole;
  /** Counts evaluations of flags; undefined: nobody does. */
  readonly usage?: UsageKeeper;
  /** Tally of storages' events, counted from before anything listened; shown by the metrics. */
  readonly storageTally?: Tally;
  /** Traces, metrics and the log for a collector; undefined: there is none. */
  readonly telemetry?: ServedTelemetry | undefined;
}

/** Traces and metrics that go to a collector, too. */
export interface ServedTelemetry {
  /** Undefined: no traces are sent. */
  readonly tracing: ServedTracing | undefined;
  /** Counts of what was sent, for the metrics. */
  readonly tally: Tally;
  /** There are metrics to send from now on. */
  metrics(read: () => Promise<readonly MetricFamily[]>): void;
}
