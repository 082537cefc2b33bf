import { randomUUID } from "node:crypto";
import { defineModule } from "./di/module.js";
import { InstanceToken, LoggerToken, SnapshotBuilderToken } from "./di/tokens.js";
import { ClockToken, systemClock } from "./model/clock.js";
import { StatusBoardToken } from "./observe/status-board.js";
import { Pipeline, PipelineToken } from "./pipeline.js";
import { SnapshotStoreToken } from "./storage/state/snapshot-store.js";
import { StoragesToken } from "./storage/storages.js";
import { StorageKeeper, StorageKeeperToken } from "./storage-keeper.js";

export const pipelineModule = defineModule((bind) => {
  bind.value(ClockToken, systemClock);
  bind.value(InstanceToken, randomUUID());
  bind.type(PipelineToken, Pipeline);
  bind.factory(
    StorageKeeperToken,
    [
      LoggerToken,
      ClockToken,
      SnapshotStoreToken,
      SnapshotBuilderToken,
      StoragesToken,
      StatusBoardToken,
      PipelineToken,
      InstanceToken,
    ],
    (logger, clock, snapshots, builder, storages, status, pipeline, instance) =>
      new StorageKeeper({ logger, clock, snapshots, builder, storages, status, pipeline, instance }),
  );
});
