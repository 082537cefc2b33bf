import type { Logger, RefName } from "@vexil/plugin-api";
import type { TreeReader } from "../objects/tree-reader.js";
import type { GitConfig } from "../repository/git-config.js";
import type { DirectoryWalk } from "./directory-walk.js";
import type { GitActivity } from "./git-activity.js";
import type { Blocked } from "./head-state.js";
import type { IndexCache } from "./index-cache.js";
import type { WorkTreeGuard } from "./work-tree-guard.js";

export interface ScannerParts {
  /** Ends in a slash. */
  readonly root: string;
  readonly branch: RefName;
  readonly config: () => GitConfig;
  readonly walk: DirectoryWalk;
  readonly guard: WorkTreeGuard;
  readonly index: IndexCache;
  readonly trees: TreeReader;
  readonly activity: GitActivity;
  readonly logger: Logger;
  /** Why the storage's branch cannot be written although it is not checked out here. */
  readonly elsewhere: () => Blocked | undefined;
}
