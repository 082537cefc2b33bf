import { randomUUID } from "node:crypto";
import { Answers, AnswersToken } from "./answers.js";
import { defineModule } from "./di/module.js";
import { ScopeToken } from "./di/scope.js";
import { InstanceToken, LoggerToken } from "./di/tokens.js";
import { ClockToken, systemClock } from "./model/clock.js";
import { StatusBoardToken } from "./observe/status-board.js";
import { SnapshotStoreToken } from "./storage/state/snapshot-store.js";
import { StoragesToken } from "./storage/storages.js";
import { StorageManager, StorageManagerToken } from "./storage-manager.js";
import { StorageStreams, StorageStreamsToken } from "./storage-streams.js";

export const pipelineModule = defineModule((bind) => {
  bind.value(ClockToken, systemClock);
  bind.value(InstanceToken, randomUUID());
  bind.factory(AnswersToken, [], () => new Answers());
  bind.type(StorageStreamsToken, StorageStreams);
  bind.factory(
    StorageManagerToken,
    [ScopeToken, LoggerToken, ClockToken, SnapshotStoreToken, StoragesToken, StatusBoardToken, StorageStreamsToken],
    (scope, logger, clock, snapshots, storages, status, streams) =>
      new StorageManager({ scope, logger, clock, snapshots, storages, status, streams }),
  );
});
