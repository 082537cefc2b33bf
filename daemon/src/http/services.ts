import type { Config, Engine, Logger, SnapshotReader, StatusReader, SyncEvent } from "@vexil/core";
import type { Observable } from "rxjs";

/** All that the HTTP side is given. Nothing of it is owned: whoever made it closes it. */
export interface HttpServices {
  readonly config: Config;
  readonly snapshots: SnapshotReader;
  readonly status: StatusReader;
  readonly engine: Engine;
  readonly logger: Logger;
  /** What happens to storages, for metrics; hot. */
  readonly events$?: Observable<SyncEvent>;
}
