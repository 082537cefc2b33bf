import { defineModule } from "../di/module.js";
import { LoggerToken } from "../di/tokens.js";
import { ClockToken } from "../model/clock.js";
import { SnapshotStoreToken } from "../storage/state/snapshot-store.js";
import { StoragesToken } from "../storage/storages.js";
import { EventLog, EventLogToken } from "./log-events.js";
import { StatusBoard, StatusBoardToken } from "./status-board.js";

export const statusModule = defineModule((bind) => {
  bind.factory(
    StatusBoardToken,
    [SnapshotStoreToken, ClockToken],
    (snapshots, clock) => new StatusBoard([], snapshots, clock),
  );
  bind.factory(
    EventLogToken,
    [LoggerToken, StoragesToken],
    (logger, storages) => new EventLog(logger, (id) => storages.get(id)?.config.fetchPolicy ?? "strict"),
  );
});
