import type { CloneFollower } from "./clone-follower.js";
import type { Fetcher } from "./fetcher.js";
import type { RemoteFollower } from "./follow-remote.js";
import type { PastFetcher } from "./past-fetcher.js";

/** The steps of a storage's fetches. */
export class StorageFetches {
  readonly fetcher: Fetcher;
  readonly follower: RemoteFollower;
  /** undefined: no user's clone, or no remote. */
  readonly clone: CloneFollower | undefined;
  /** undefined: no remote. */
  readonly pastFetcher: PastFetcher | undefined;

  constructor(
    fetcher: Fetcher,
    follower: RemoteFollower,
    clone: CloneFollower | undefined,
    pastFetcher: PastFetcher | undefined,
  ) {
    this.fetcher = fetcher;
    this.follower = follower;
    this.clone = clone;
    this.pastFetcher = pastFetcher;
  }
}
