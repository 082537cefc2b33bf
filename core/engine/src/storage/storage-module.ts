import { openRepository } from "@vexil/git/repository";
import { defineModule } from "../di/module.js";
import { InstanceToken } from "../di/tokens.js";
import { ClockToken } from "../model/clock.js";
import { Phase } from "../model/storage-phase.js";
import { GitStorage } from "./git-storage.js";
import { Past } from "./past.js";
import { StorageEvents } from "./storage-events.js";
import {
  BackendToken,
  BranchSetToken,
  CommitStyleToken,
  CommitTemplateToken,
  FetchesToken,
  GitStorageToken,
  PastToken,
  PhaseToken,
  RemoteSyncToken,
  RemoteToken,
  RepositoryToken,
  SignerToken,
  StateToken,
  StorageConfigToken,
  StorageEventsToken,
  WritesToken,
} from "./storage-tokens.js";

/** One storage as a whole, and what its rooms share. */
export const storageModule = defineModule((bind) => {
  bind.factory(PhaseToken, [], () => new Phase());
  bind.factory(CommitStyleToken, [InstanceToken, CommitTemplateToken, SignerToken], (instance, template, sign) => ({
    instance,
    template,
    ...(sign === undefined ? {} : { sign }),
  }));
  bind.factory(RepositoryToken, [BackendToken], (backend) => openRepository(backend));
  bind.factory(
    StorageEventsToken,
    [StorageConfigToken, ClockToken],
    (config, clock) => new StorageEvents(config, clock),
  );
  bind.factory(PastToken, [RepositoryToken, RemoteSyncToken], (repository, sync) => new Past(repository, sync));
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
      PastToken,
    ],
    (...parts) => new GitStorage(...parts),
  );
});
