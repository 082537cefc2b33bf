import { defineModule } from "../../di/module.js";
import { token } from "../../di/token.js";
import { ClockToken } from "../../model/clock.js";
import { SnapshotStoreToken } from "../state/snapshot-store.js";
import {
  BackendToken,
  BranchSetToken,
  CapabilitiesToken,
  CloneToken,
  CommitStyleToken,
  EnvironmentBuilderToken,
  FilesReaderToken,
  HistoryToken,
  OwnCommitsToken,
  PrunerToken,
  PublisherToken,
  PushTurnsToken,
  RebuilderToken,
  RemoteToken,
  RepositoryToken,
  SharedMarkToken,
  StorageConfigToken,
  StorageEventsToken,
  WorkTreeToken,
  WritesToken,
} from "../storage-tokens.js";
import type { PrepareTools } from "./group-state.js";
import { OwnCommits } from "./own-commits.js";
import { PushTurns } from "./push-turns.js";
import type { RebaseTools } from "./rebase-group.js";
import { SharedMark } from "./shared-mark.js";
import { StorageWrites } from "./storage-writes.js";
import { WriteFinish } from "./write-finish.js";
import { WritePreparation } from "./write-preparation.js";
import { WriteTurns } from "./write-turns.js";

const ToolsToken = token<PrepareTools>("storage/prepare-tools");
const RebaseToken = token<RebaseTools>("storage/rebase-tools");
const PreparationToken = token<WritePreparation>("storage/write-preparation");
const FinishToken = token<WriteFinish>("storage/write-finish");

/** Bindings for writes to a storage's backend and its remote. */
export const writeModule = defineModule((bind) => {
  bind.factory(OwnCommitsToken, [], () => new OwnCommits());
  bind.factory(PushTurnsToken, [ClockToken], (clock) => new PushTurns(clock));
  bind.factory(SharedMarkToken, [CapabilitiesToken, RepositoryToken], ({ shared }, repository) =>
    shared ? new SharedMark(repository) : undefined,
  );
  bind.factory(
    ToolsToken,
    [
      StorageConfigToken,
      RepositoryToken,
      FilesReaderToken,
      EnvironmentBuilderToken,
      SnapshotStoreToken,
      CommitStyleToken,
      ClockToken,
    ],
    (config, repository, reader, builder, snapshots, style, clock) => ({
      config,
      repository,
      reader,
      builder,
      snapshots,
      style,
      clock,
    }),
  );
  bind.factory(RebaseToken, [RepositoryToken, BranchSetToken, CommitStyleToken], (repository, { isWanted }, style) => ({
    repository,
    isWanted,
    style,
  }));
  bind.factory(
    PreparationToken,
    [ToolsToken, RebuilderToken, WorkTreeToken, HistoryToken, PrunerToken, OwnCommitsToken, SharedMarkToken],
    (...parts) => new WritePreparation(...parts),
  );
  bind.factory(
    FinishToken,
    [
      RebaseToken,
      ClockToken,
      RemoteToken,
      PublisherToken,
      WorkTreeToken,
      OwnCommitsToken,
      StorageEventsToken,
      CloneToken,
    ],
    (tools, clock, remote, ...parts) => new WriteFinish(tools, clock, remote !== undefined, ...parts),
  );
  bind.factory(
    WritesToken,
    [PreparationToken, FinishToken, BackendToken, ClockToken, PushTurnsToken, CloneToken],
    (preparation, finish, backend, clock, pushes, clone) =>
      new StorageWrites(preparation, finish, new WriteTurns(backend, clock), pushes, clone),
  );
});
