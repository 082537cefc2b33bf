import type { IncomingMessage } from "node:http";
import type { Logger } from "@vexil/plugin-api";
import type { Gate } from "../../access/gate.js";
import type { ColdHandler } from "../cold-handler.js";
import type { ClientLimits } from "../limits/client-limits.js";
import type { KeptDecisions } from "../rights/kept-decisions.js";
import type { Refusals } from "../rights/refusals.js";
import type { Evaluations } from "./evaluations.js";
import type { ReadSnapshots } from "./read-snapshots.js";
import type { HotRouteCounts } from "./route-counts.js";
import type { SnapshotCounts } from "./snapshot-counts.js";
import type { StreamHub } from "./stream-hub.js";
import type { Tally } from "./tally.js";

/** Services for answering reads, in whichever process it happens. */
export interface ReadServices {
  readonly snapshots: ReadSnapshots;
  readonly gate: Gate;
  readonly limits: ClientLimits;
  readonly decisions: KeptDecisions;
  readonly refusals: Refusals;
  readonly hub: StreamHub;
  readonly tally: Tally;
  readonly evaluations: Evaluations;
  readonly snapshotCounts: SnapshotCounts;
  readonly routeCounts: HotRouteCounts;
  readonly logger: Logger;
  /** Takes reads of past states: they may have to be built first. */
  readonly past: ColdHandler;
  /** Goes on with a request when its body is there; undefined without tracing. */
  readonly within?: ((request: IncomingMessage, work: () => void) => void) | undefined;
  /** Starts what goes on with promises in the trace of what starts it. */
  readonly later: <T>(work: () => Promise<T>) => Promise<T>;
}
