import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { NamespaceSnapshot } from "@vexil/flags/compile/snapshot";
import type { Logger } from "@vexil/plugin-api";
import type { AccessRules } from "../authenticate.js";
import type { ClientLimits } from "../limits/client-limits.js";
import type { Evaluations } from "./evaluations.js";
import type { HotRouteCounts } from "./route-counts.js";
import type { SnapshotCounts } from "./snapshot-counts.js";
import type { StreamHub } from "./stream-hub.js";
import type { Tally } from "./tally.js";

/** A namespace as reads need it: what management shows of it stays in the process that manages it. */
export type ServedNamespace = Omit<NamespaceSnapshot, "items">;

/** An environment as reads need it. Without a snapshot it is empty. */
export interface ReadEnvironment {
  readonly info: Pick<EnvironmentInfo, "key">;
  readonly snapshot: { readonly namespaces: ReadonlyMap<string, ServedNamespace> } | undefined;
}

/** The part of SnapshotReader that reads need. */
export interface ReadSnapshots {
  get(environment: string): ReadEnvironment | undefined;
  default(): ReadEnvironment | undefined;
}

/** What answering reads needs, in whichever process it happens. */
export interface ReadServices {
  readonly snapshots: ReadSnapshots;
  /** They may change while the server runs. */
  readonly accessRules: () => AccessRules;
  readonly limits: ClientLimits;
  readonly hub: StreamHub;
  readonly tally: Tally;
  readonly evaluations: Evaluations;
  readonly snapshotCounts: SnapshotCounts;
  readonly routeCounts: HotRouteCounts;
  readonly logger: Logger;
}
