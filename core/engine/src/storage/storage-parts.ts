import type { StorageConfig } from "@vexil/config/config";
import type { Remote } from "@vexil/git/remote/remote";
import type { Repository } from "@vexil/git/repository-view";
import type { Clock } from "../model/clock.js";
import type { BranchPublisher } from "./state/branch-publisher.js";
import type { BranchSet } from "./state/branch-set.js";

/** What a storage is made of. */
export interface GitStorageParts {
  readonly config: StorageConfig;
  readonly repository: Repository;
  readonly remote: Remote | undefined;
  readonly branches: BranchSet;
  readonly publisher: BranchPublisher;
  /** Mark of this daemon in the commits it makes. */
  readonly instance: string;
  readonly clock: Clock;
  /** Signs commits, where the configuration asks for it. */
  readonly sign?: (payload: string) => Promise<string>;
  /** The server's `templates.commit_message`; a repository's `flipt.yaml` overrides it. */
  readonly commitTemplate: string | undefined;
  /** Files that no environment reads may be left on the remote: the backend forgets everything at its end anyway. */
  readonly maybeSparse: boolean;
  /** Several daemons may use the backend: their commits are this storage's own, too. */
  readonly isShared: boolean;
}
