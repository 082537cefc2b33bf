import { defineModule } from "../di/module.js";
import { Tokens } from "../tokens.js";
import { EventLog } from "./log-events.js";
import { StatusBoard } from "./status-board.js";

export const statusModule = defineModule((bind) => {
  bind.factory(
    Tokens.Status,
    [Tokens.Snapshots, Tokens.Clock],
    (snapshots, clock) => new StatusBoard([], snapshots, () => clock.now()),
  );
  bind.factory(
    Tokens.EventLog,
    [Tokens.Logger, Tokens.Storages],
    (logger, storages) => new EventLog(logger, (id) => storages.get(id)?.config.fetchPolicy ?? "strict"),
  );
});
