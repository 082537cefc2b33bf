import type { Config } from "./config/config.js";
import type { Logger } from "./contract/logger.js";
import { token } from "./di/token.js";
import type { Clock } from "./pipeline/clock.js";
import type { Pipeline } from "./pipeline/pipeline.js";
import type { StorageKeeper } from "./pipeline/storage-keeper.js";
import type { PluginRegistry } from "./plugins/plugin-registry.js";
import type { SnapshotBuilder } from "./snapshots/snapshot-builder.js";
import type { SnapshotStore } from "./snapshots/snapshot-store.js";
import type { EventLog } from "./status/log-events.js";
import type { StatusBoard } from "./status/status-board.js";
import type { Storages } from "./storages/storages.js";

/** Every injection token of the engine, in data-flow order. */
export const Tokens = {
  /** The configuration the process started with. */
  Config: token<Config>("config"),
  Logger: token<Logger>("logger"),
  Clock: token<Clock>("clock"),
  /** Mark of this daemon in the commits it makes. */
  Instance: token<string>("instance"),
  Plugins: token<PluginRegistry>("plugins"),
  Storages: token<Storages>("storages"),
  SnapshotBuilder: token<SnapshotBuilder>("snapshot-builder"),
  Snapshots: token<SnapshotStore>("snapshots"),
  Pipeline: token<Pipeline>("pipeline"),
  Status: token<StatusBoard>("status"),
  EventLog: token<EventLog>("event-log"),
  StorageKeeper: token<StorageKeeper>("storage-keeper"),
} as const;
