import { defineModule } from "../../di/module.js";
import { token } from "../../di/token.js";
import { ClockToken } from "../../model/clock.js";
import {
  BackendToken,
  BranchSetToken,
  CapabilitiesToken,
  CommitStyleToken,
  FetcherToken,
  FollowerToken,
  PrunerToken,
  PushTurnsToken,
  RebuilderToken,
  RemoteSyncToken,
  RemoteToken,
  RepositoryToken,
  StorageConfigToken,
  StorageEventsToken,
  UnservedToken,
  WorkTreeToken,
} from "../storage-tokens.js";
import { Fetcher } from "./fetcher.js";
import { PastSearch } from "./past-search.js";
import { CloneFollower } from "./clone-follower.js";
import { RemoteSync } from "./remote-sync.js";

const PastSearchToken = token<PastSearch | undefined>("storage/past-search");

/** Bindings for fetching from a storage's remote; without one nothing is fetched. */
export const fetchModule = defineModule((bind) => {
  bind.factory(
    RemoteSyncToken,
    [RemoteToken, BackendToken, StorageConfigToken, ClockToken, BranchSetToken, CapabilitiesToken],
    (remote, backend, { branch, policyFile }, clock, branches, { durable }) =>
      remote === undefined
        ? undefined
        : new RemoteSync(remote, backend, branch, clock, {
            branches: (names) => branches.follow(names),
            // A backend that forgets everything at its end may leave files that nobody reads on the remote.
            ...(durable ? {} : { file: (path) => branches.isWanted(path) || path === policyFile }),
          }),
  );
  bind.factory(
    FollowerToken,
    [RemoteToken, RemoteSyncToken, StorageConfigToken, RepositoryToken, WorkTreeToken, CommitStyleToken, ClockToken],
    (remote, sync, ...parts) =>
      remote === undefined || sync === undefined ? undefined : new CloneFollower(remote, sync, ...parts),
  );
  bind.factory(
    PastSearchToken,
    [RemoteSyncToken, StorageConfigToken, BranchSetToken, UnservedToken, ClockToken],
    (sync, { limits }, branches, unserved, clock) =>
      sync === undefined ? undefined : new PastSearch(sync, limits.historyDepth, branches, unserved, clock),
  );
  bind.factory(
    FetcherToken,
    [FollowerToken, PastSearchToken, PushTurnsToken, RebuilderToken, PrunerToken, UnservedToken, StorageEventsToken],
    (...parts) => new Fetcher(...parts),
  );
});
