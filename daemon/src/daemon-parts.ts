import type { Config } from "@vexil/config/config";
import type { Answers } from "@vexil/engine/answers";
import type { Clock } from "@vexil/engine/model/clock";
import type { EventLog } from "@vexil/engine/observe/log-events";
import type { StatusBoard } from "@vexil/engine/observe/status-board";
import type { Generation } from "@vexil/engine/plugins/generation";
import type { SnapshotStore } from "@vexil/engine/storage/state/snapshot-store";
import type { Storages } from "@vexil/engine/storage/storages";
import type { StorageManager } from "@vexil/engine/storage-manager";
import type { StorageStreams } from "@vexil/engine/storage-streams";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import type { Logger } from "@vexil/plugin-api";
import type { CommitKeys } from "./access/commit-keys.js";
import type { StateDirectory } from "./access/sessions/state-directory.js";
import type { EdgeRole } from "./edge/edge-role.js";
import type { PoolServices } from "./workers/pool-services.js";

/** Parts of a daemon. */
export interface DaemonParts extends Pick<PoolServices, "telemetry"> {
  /** Loads the plugins of a configuration. */
  readonly openGeneration: (config: Config) => Promise<Generation>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly storages: Storages;
  readonly builder: SnapshotBuilder;
  readonly snapshots: SnapshotStore;
  readonly streams: StorageStreams;
  readonly answers: Answers;
  readonly status: StatusBoard;
  readonly eventLog: EventLog;
  readonly manager: StorageManager;
  readonly stateDirectory: StateDirectory;
  readonly commitKeys: CommitKeys;
  /** Its configuration is in force already. */
  readonly edge: EdgeRole;
}
