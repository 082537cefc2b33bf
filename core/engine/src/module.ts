import { randomUUID } from "node:crypto";
import { defineModule } from "./di/module.js";
import { systemClock } from "./model/clock.js";
import { Pipeline } from "./pipeline.js";
import { StorageKeeper } from "./storage-keeper.js";
import { Tokens } from "./tokens.js";

export const pipelineModule = defineModule((bind) => {
  bind.value(Tokens.Clock, systemClock);
  bind.value(Tokens.Instance, randomUUID());
  bind.type(Tokens.Pipeline, Pipeline);
  bind.factory(
    Tokens.StorageKeeper,
    [
      Tokens.Logger,
      Tokens.Clock,
      Tokens.Snapshots,
      Tokens.SnapshotBuilder,
      Tokens.Storages,
      Tokens.Status,
      Tokens.Pipeline,
      Tokens.Instance,
    ],
    (logger, clock, snapshots, builder, storages, status, pipeline, instance) =>
      new StorageKeeper({ logger, clock, snapshots, builder, storages, status, pipeline, instance }),
  );
});
