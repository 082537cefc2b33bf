import type { GitLocks } from "../locks/git-locks.js";
import type { DiskObjects } from "../objects/disk-objects.js";
import type { TreeReader } from "../objects/tree-reader.js";
import type { DiskRefs } from "../refs/disk-refs.js";
import type { Reflog } from "../refs/reflog.js";
import type { GitConfig } from "../repository/git-config.js";
import type { ApplyJournal } from "./apply-journal.js";
import type { DirectoryWalk } from "./directory-walk.js";
import type { GitActivity } from "./git-activity.js";
import type { IndexCache } from "./index-cache.js";
import type { WorkTreeGuard } from "./work-tree-guard.js";

/** Parts that read and write one work tree. */
export interface WorkTreeParts {
  /** Ends in a slash. */
  readonly root: string;
  readonly gitDirectory: string;
  readonly commonDirectory: string;
  readonly config: () => GitConfig;
  readonly refs: DiskRefs;
  readonly reflog: Reflog;
  readonly objects: DiskObjects;
  readonly trees: TreeReader;
  readonly locks: GitLocks;
  readonly walk: DirectoryWalk;
  readonly guard: WorkTreeGuard;
  readonly index: IndexCache;
  readonly activity: GitActivity;
  readonly journal: ApplyJournal;
}
