import type { Config } from "@vexil/config/config";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import type { Logger } from "@vexil/plugin-api";
import { token } from "./di/token.js";
import type { Clock } from "./model/clock.js";
import type { EventLog } from "./observe/log-events.js";
import type { StatusBoard } from "./observe/status-board.js";
import type { Pipeline } from "./pipeline.js";
import type { PluginRegistry } from "./plugins/plugin-registry.js";
import type { SnapshotStore } from "./storage/state/snapshot-store.js";
import type { Storages } from "./storage/storages.js";
import type { StorageKeeper } from "./storage-keeper.js";

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
