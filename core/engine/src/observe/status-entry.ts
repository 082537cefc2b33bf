import type { StorageConfig } from "@vexil/config/config";
import type { VexilError } from "@vexil/plugin-api/errors";
import type { BranchesOverLimit } from "../storage/state/choose-branches.js";
import type { UnservedNamespace } from "../storage/state/unserved-namespaces.js";

interface Failure {
  readonly error: VexilError;
  readonly at: number;
}

/** How one storage is, from one event to the next. */
export interface StatusEntry {
  readonly config: StorageConfig;
  lastSuccess: number | undefined;
  /** By `Clock.elapsed()`: when the state was known to be current, or the storage was opened. */
  currentAt: number;
  nextPoll: number | undefined;
  leaseHeld: boolean | undefined;
  fetchFailure: Failure | undefined;
  rebuildFailure: Failure | undefined;
  lastError: Failure | undefined;
  uncommitted: readonly string[];
  blocked: { readonly code: string; readonly reason: string } | undefined;
  unservedBranches: readonly BranchesOverLimit[];
  warnings: readonly string[];
  unserved: readonly UnservedNamespace[];
  /** How many are not served besides. */
  unservedOmitted: number;
  /** Everything was served at some time since the storage was opened. */
  wasComplete: boolean;
  rebuilt: boolean;
  /** It is opened anew, and what it served before is served on. */
  readonly isKept: boolean;
  /** There was something to serve when the last poll failed. */
  servedAtFailure: boolean;
}

/** A storage that is being opened; one that was there before is as old as it was, and as whole. */
export function openedEntry(config: StorageConfig, before: StatusEntry | undefined, elapsed: number): StatusEntry {
  return {
    config,
    lastSuccess: before?.lastSuccess,
    currentAt: before?.currentAt ?? elapsed,
    nextPoll: undefined,
    leaseHeld: undefined,
    fetchFailure: undefined,
    rebuildFailure: undefined,
    lastError: undefined,
    uncommitted: [],
    blocked: undefined,
    unservedBranches: [],
    warnings: [],
    unserved: before?.unserved ?? [],
    unservedOmitted: before?.unservedOmitted ?? 0,
    wasComplete: before?.wasComplete ?? false,
    rebuilt: false,
    isKept: before !== undefined && (before.rebuilt || before.isKept),
    servedAtFailure: false,
  };
}
