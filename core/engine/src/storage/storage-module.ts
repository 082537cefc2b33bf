import { openRepository } from "@vexil/git/repository";
import { defineModule } from "../di/module.js";
import { InstanceToken, SnapshotBuilderToken } from "../di/tokens.js";
import { ClockToken } from "../model/clock.js";
import { Phase } from "../model/storage-phase.js";
import { DeepenedHistory } from "./fetch/deepened-history.js";
import { GitStorage } from "./git-storage.js";
import { FeedShelfToken, PastShelfToken } from "./past/past-shelf.js";
import { JournalToken } from "./past/served-journal.js";
import { Timeline } from "./past/timeline.js";
import { PublicRepository } from "./serve/public-repository.js";
import { SnapshotStoreToken } from "./state/snapshot-store.js";
import { StorageEvents } from "./storage-events.js";
import {
  BackendToken,
  BranchSetToken,
  CapabilitiesToken,
  CommitStyleToken,
  CommitTemplateToken,
  FetchesToken,
  GitStorageToken,
  HistoryToken,
  PhaseToken,
  PrunerToken,
  PublicRepositoryToken,
  RemoteSyncToken,
  RemoteToken,
  RepositoryToken,
  SealsToken,
  SharedMarkToken,
  SignerToken,
  StateToken,
  StorageConfigToken,
  StorageEventsToken,
  TimelineToken,
  WritesToken,
} from "./storage-tokens.js";
import { CommitSeals } from "./write/commit-seals.js";
import { passingKeys, SealKeysToken } from "./write/seal-keys.js";

/** One storage as a whole, and what its rooms share. */
export const storageModule = defineModule((bind) => {
  bind.factory(PhaseToken, [], () => new Phase());
  bind.factory(
    SealsToken,
    [StorageConfigToken, CapabilitiesToken, RepositoryToken, SharedMarkToken, SealKeysToken],
    ({ id, remote }, { durable }, repository, mark, keys) =>
      new CommitSeals(id, repository, mark?.keys ?? (durable || remote !== undefined ? keys : passingKeys())),
  );
  bind.factory(
    CommitStyleToken,
    [InstanceToken, CommitTemplateToken, SealsToken, SignerToken],
    (instance, template, seals, sign) => ({ instance, template, seals, ...(sign === undefined ? {} : { sign }) }),
  );
  bind.factory(RepositoryToken, [BackendToken], (backend) => openRepository(backend));
  bind.factory(
    StorageEventsToken,
    [StorageConfigToken, ClockToken],
    (config, clock) => new StorageEvents(config, clock),
  );
  bind.factory(
    HistoryToken,
    [RepositoryToken, RemoteSyncToken],
    (repository, sync) => new DeepenedHistory(repository, sync),
  );
  bind.factory(
    TimelineToken,
    [
      StorageConfigToken,
      RepositoryToken,
      SnapshotBuilderToken,
      PastShelfToken,
      FeedShelfToken,
      ClockToken,
      BranchSetToken,
      SnapshotStoreToken,
      HistoryToken,
      RemoteToken,
      JournalToken,
    ],
    (storage, repository, builder, shelf, feedShelf, clock, branches, snapshots, past, remote, journal) =>
      new Timeline({
        storage,
        repository,
        builder,
        shelf,
        feedShelf,
        clock,
        remote,
        journal,
        environment: (key) => {
          const found = branches.ofEnvironment(key);
          const head = found?.branch.known.head;
          return found === undefined || head === undefined ? undefined : { info: found.info, head };
        },
        served: (key) => snapshots.get(key)?.snapshot,
        deepen: remote === undefined ? undefined : (tip, depth, signal) => past.deepen(tip, depth, signal),
      }),
  );
  bind.factory(
    PublicRepositoryToken,
    [BackendToken, StorageConfigToken, ClockToken, PrunerToken, RemoteToken],
    (backend, { branch }, clock, pruner, remote) => new PublicRepository(backend, branch, clock, pruner, remote),
  );
  bind.factory(
    GitStorageToken,
    [
      StorageConfigToken,
      RepositoryToken,
      RemoteToken,
      BranchSetToken,
      PhaseToken,
      StateToken,
      FetchesToken,
      WritesToken,
      HistoryToken,
      TimelineToken,
      SealsToken,
      PublicRepositoryToken,
    ],
    (...parts) => new GitStorage(...parts),
  );
});
