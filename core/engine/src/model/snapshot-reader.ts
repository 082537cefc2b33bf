import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { Observable } from "rxjs";

/** An environment and the last good snapshot it serves; undefined before the first. */
export interface ServedEnvironment {
  readonly info: EnvironmentInfo;
  readonly snapshot: Snapshot | undefined;
}

export type SnapshotChange =
  | {
      readonly type: "published";
      readonly environment: string;
      readonly snapshot: Snapshot;
      readonly changedNamespaces: ReadonlySet<string>;
    }
  | { readonly type: "removed"; readonly environment: string };

/** Last good snapshots. Reading never waits; a snapshot is stored before its change is announced. */
export interface SnapshotReader {
  get(environment: string): ServedEnvironment | undefined;
  all(): readonly ServedEnvironment[];
  /** The environments of a storage that are configured: those that branch from them are not among them. */
  configured(storage: string): readonly ServedEnvironment[];
  /** Changes whenever an environment comes or goes. */
  readonly generation: number;
  /** The default environment. */
  default(): ServedEnvironment | undefined;
  /** Hot; never errors; completes when the daemon closes. */
  readonly changes$: Observable<SnapshotChange>;
}
