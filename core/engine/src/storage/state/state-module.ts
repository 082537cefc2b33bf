import { defineModule } from "../../di/module.js";
import { token } from "../../di/token.js";
import { SnapshotBuilderToken } from "../../di/tokens.js";
import { ClockToken } from "../../model/clock.js";
import {
  BackendToken,
  BranchSetToken,
  CapabilitiesToken,
  CommitStyleToken,
  EnvironmentBuilderToken,
  EnvironmentsToken,
  FilesReaderToken,
  NoticesToken,
  OwnCommitsToken,
  PhaseToken,
  PrunerToken,
  PublisherToken,
  RebuilderToken,
  RemoteSyncToken,
  RemoteToken,
  RepositoryToken,
  SharedMarkToken,
  StateToken,
  StorageConfigToken,
  StorageEventsToken,
  UnservedToken,
  WorkTreeToken,
} from "../storage-tokens.js";
import { BranchMoves } from "../write/branch-moves.js";
import { BranchPublisher } from "./branch-publisher.js";
import { BranchReconciler } from "./branch-reconciler.js";
import { BranchSet } from "./branch-set.js";
import { ChangedBranches } from "./changed-branches.js";
import { EnvironmentBuilder } from "./environment-builder.js";
import { FilesReader } from "./environment-files.js";
import { GoodCommits } from "./good-commits.js";
import { LookTime } from "./look-time.js";
import { Pruner } from "./pruner.js";
import { ReadAhead } from "./read-ahead.js";
import { Rebuilder, type RebuiltStorage } from "./rebuilder.js";
import { SnapshotStoreToken } from "./snapshot-store.js";
import { StateNotices } from "./state-notices.js";
import { StateOpening } from "./state-opening.js";
import { StorageState } from "./storage-state.js";
import { UnservedNamespaces } from "./unserved-namespaces.js";
import { WorkTreeReader } from "./work-tree-reader.js";
import { WorkTreeState } from "./work-tree-state.js";

const GoodCommitsToken = token<GoodCommits>("storage/good-commits");
const BranchMovesToken = token<BranchMoves>("storage/branch-moves");
const ChangedToken = token<ChangedBranches>("storage/changed-branches");
const ReconcilerToken = token<BranchReconciler>("storage/branch-reconciler");
const ReaderToken = token<WorkTreeReader | undefined>("storage/work-tree-reader");
const OpeningToken = token<StateOpening>("storage/opening");
const AheadToken = token<ReadAhead>("storage/read-ahead");
const RebuiltToken = token<RebuiltStorage>("storage/rebuilt");

/** Bindings for the served state of a storage. */
export const stateModule = defineModule((bind) => {
  bind.factory(
    BranchSetToken,
    [StorageConfigToken, EnvironmentsToken, SnapshotStoreToken, RemoteToken],
    (config, environments, snapshots, remote) => new BranchSet(config, environments, snapshots, remote?.displayUrl),
  );
  bind.factory(
    FilesReaderToken,
    [StorageConfigToken, RepositoryToken, SnapshotBuilderToken],
    (...parts) => new FilesReader(...parts),
  );
  bind.factory(UnservedToken, [ClockToken], (clock) => new UnservedNamespaces(new LookTime(clock)));
  bind.factory(
    EnvironmentBuilderToken,
    [StorageConfigToken, RepositoryToken, FilesReaderToken, SnapshotBuilderToken, SnapshotStoreToken, UnservedToken],
    (...parts) => new EnvironmentBuilder(...parts),
  );
  bind.factory(GoodCommitsToken, [BackendToken], ({ refs }) => new GoodCommits(refs));
  bind.factory(
    WorkTreeToken,
    [BackendToken, BranchSetToken],
    ({ workTree }, branches) => new WorkTreeState(workTree, branches),
  );
  bind.factory(
    NoticesToken,
    [BranchSetToken, UnservedToken, StorageEventsToken],
    (...parts) => new StateNotices(...parts),
  );
  bind.factory(
    BranchMovesToken,
    [RepositoryToken, OwnCommitsToken, SharedMarkToken],
    (...parts) => new BranchMoves(...parts),
  );
  bind.factory(
    PrunerToken,
    [BackendToken, ClockToken, CapabilitiesToken, RemoteSyncToken],
    (backend, clock, { durable }, sync) => new Pruner(backend, clock, !durable, sync),
  );
  bind.factory(
    PublisherToken,
    [
      ClockToken,
      BranchSetToken,
      FilesReaderToken,
      EnvironmentBuilderToken,
      SnapshotStoreToken,
      GoodCommitsToken,
      NoticesToken,
      StorageEventsToken,
    ],
    (...parts) => new BranchPublisher(...parts),
  );
  bind.factory(
    ReconcilerToken,
    [BranchSetToken, EnvironmentBuilderToken, UnservedToken, GoodCommitsToken, NoticesToken, StorageEventsToken],
    (...parts) => new BranchReconciler(...parts),
  );
  bind.factory(
    ReaderToken,
    [WorkTreeToken, RepositoryToken, CommitStyleToken, OwnCommitsToken, StorageEventsToken, StorageConfigToken],
    (state, repository, style, own, events, { branch, remote }) =>
      state.workTree === undefined
        ? undefined
        : new WorkTreeReader(state, repository, style, own, events, { branch, hasRemote: remote !== undefined }),
  );
  bind.factory(
    ChangedToken,
    [
      StorageConfigToken,
      ClockToken,
      BranchSetToken,
      FilesReaderToken,
      PublisherToken,
      BranchMovesToken,
      WorkTreeToken,
      UnservedToken,
    ],
    (...parts) => new ChangedBranches(...parts),
  );
  bind.factory(RebuiltToken, [StorageConfigToken, BackendToken, PhaseToken], ({ branch, remote }, backend, phase) => ({
    branch,
    backend,
    isFollowing: () => remote !== undefined && phase.now === "following",
  }));
  bind.factory(
    RebuilderToken,
    [
      RebuiltToken,
      PrunerToken,
      ReaderToken,
      BranchSetToken,
      ReconcilerToken,
      ChangedToken,
      NoticesToken,
      StorageEventsToken,
    ],
    (...parts) => new Rebuilder(...parts),
  );
  bind.factory(
    OpeningToken,
    [
      StorageConfigToken,
      RepositoryToken,
      CommitStyleToken,
      ClockToken,
      RemoteSyncToken,
      RebuilderToken,
      StorageEventsToken,
    ],
    (...parts) => new StateOpening(...parts),
  );
  bind.factory(
    AheadToken,
    [BranchSetToken, EnvironmentBuilderToken, WorkTreeToken],
    (...parts) => new ReadAhead(...parts),
  );
  bind.factory(
    StateToken,
    [OpeningToken, RebuilderToken, PublisherToken, EnvironmentBuilderToken, AheadToken],
    (...parts) => new StorageState(...parts),
  );
});
