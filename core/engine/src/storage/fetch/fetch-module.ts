import { defineModule } from "../../di/module.js";
import { token } from "../../di/token.js";
import { ClockToken } from "../../model/clock.js";
import {
  BackendToken,
  BranchSetToken,
  CapabilitiesToken,
  CloneToken,
  CommitStyleToken,
  FetchesToken,
  PrunerToken,
  RebuilderToken,
  RemoteSyncToken,
  RemoteToken,
  RepositoryToken,
  StorageConfigToken,
  StorageEventsToken,
  UnservedToken,
  WorkTreeToken,
} from "../storage-tokens.js";
import { CloneFollower } from "./clone-follower.js";
import { Fetcher } from "./fetcher.js";
import { RemoteFollower } from "./follow-remote.js";
import { PastFetcher } from "./past-fetcher.js";
import { RemoteSync } from "./remote-sync.js";
import type { Seeding } from "./seed-branch.js";
import { StorageFetches } from "./storage-fetches.js";

const PastFetcherToken = token<PastFetcher | undefined>("storage/past-fetcher");
const SeedingToken = token<Seeding>("storage/seeding");
const FetcherToken = token<Fetcher>("storage/fetcher");
const FollowerToken = token<RemoteFollower>("storage/follower");

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
    CloneToken,
    [RemoteToken, WorkTreeToken, StorageConfigToken, RepositoryToken, CommitStyleToken, ClockToken],
    (remote, scans, ...parts) =>
      remote === undefined || scans.workTree === undefined
        ? undefined
        : new CloneFollower(remote, scans.workTree, scans, ...parts),
  );
  bind.factory(
    PastFetcherToken,
    [RemoteSyncToken, StorageConfigToken, BranchSetToken, UnservedToken, ClockToken],
    (sync, { limits }, branches, unserved, clock) =>
      sync === undefined ? undefined : new PastFetcher(sync, limits.historyDepth, branches, unserved, clock),
  );
  bind.factory(
    SeedingToken,
    [StorageConfigToken, ClockToken, RepositoryToken, CommitStyleToken],
    (config, clock, repository, { instance }) => ({ config, clock, repository, instance }),
  );
  bind.factory(
    FetcherToken,
    [RemoteToken, RemoteSyncToken, SeedingToken, UnservedToken, PrunerToken],
    (...parts) => new Fetcher(...parts),
  );
  bind.factory(
    FollowerToken,
    [StorageConfigToken, RepositoryToken, CloneToken, RebuilderToken, PrunerToken, StorageEventsToken],
    ({ branch }, ...parts) => new RemoteFollower(branch, ...parts),
  );
  bind.factory(
    FetchesToken,
    [FetcherToken, FollowerToken, CloneToken, PastFetcherToken],
    (...parts) => new StorageFetches(...parts),
  );
});
