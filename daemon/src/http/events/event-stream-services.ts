import type { Gate } from "../../access/gate.js";
import type { KeptDecisions } from "../rights/kept-decisions.js";
import type { Refusals } from "../rights/refusals.js";
import type { HttpServices } from "../services.js";

/** Parts of streams of events. */
export interface EventStreamServices
  extends Pick<HttpServices, "snapshots" | "status" | "engine" | "events" | "logger"> {
  readonly gate: Gate;
  readonly decisions: KeptDecisions;
  readonly refusals: Refusals;
  readonly heartbeatMs?: number | undefined;
  readonly stallMs?: number | undefined;
}
