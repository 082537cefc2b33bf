import type { Quarantined } from "@vexil/flags/compile/snapshot";
import type { Oid } from "@vexil/plugin-api";
import type { FailureStep } from "@vexil/plugin-api/errors";
import type { Observable } from "rxjs";
import type { BranchesOverLimit } from "../storage/state/choose-branches.js";
import type { FailingTests } from "../storage/state/failing-tests.js";

export type StorageState = "starting" | "ready" | "stale" | "failed";

/** How one storage is, in brief: costs the same however many branches it has. */
export interface StorageSummary {
  readonly id: string;
  readonly state: StorageState;
  readonly revision: Oid | undefined;
  readonly hasSnapshot: boolean;
  /** `<environment>/<namespace>` of what holds readiness back: faulty from the start on, without a good version. */
  readonly withheld?: readonly string[];
  readonly lastError:
    | { readonly code: string; readonly step: FailureStep; readonly message: string; readonly at: number }
    | undefined;
}

/** One storage as `/api/status` shows it. Times are epoch milliseconds. */
export interface StorageStatus extends StorageSummary {
  readonly backend: string;
  readonly environments: readonly string[];
  /** Branches that are not served, since there are more than `max_branches`. */
  readonly unservedBranches?: readonly BranchesOverLimit[];
  /** Faulty namespaces of which there is no good version: they are not served. */
  readonly unservedNamespaces?: readonly {
    readonly environment: string;
    readonly namespace: string;
    /** Its history is still being searched for one. */
    readonly searching?: true;
  }[];
  /** Conditions that are no failure, but hardly meant: an environment whose directory is not there. */
  readonly warnings?: readonly string[];
  readonly lastSuccess: number | undefined;
  readonly stalenessSeconds: number;
  /** Undefined where nothing is polled: without a remote, or while another daemon holds the lease. */
  readonly nextPoll: number | undefined;
  /** Of a backend that several daemons share: whether this one polls the remote for all. */
  readonly leaseHeld?: boolean;
  readonly quarantined: readonly Quarantined[];
  /** Tests beside flags that fail, enforced or not, and how many there are besides those that are named. */
  readonly tests?: FailingTests;
  /** Files that have not been read yet, which is done next: their namespaces stay as they were until then. */
  readonly unread?: readonly string[];
  readonly uncommitted: readonly string[];
  readonly blocked: { readonly code: string; readonly reason: string } | undefined;
}

/** The status as the HTTP layer reads it. */
export interface StatusReader {
  storages(): readonly StorageStatus[];
  summaries(): readonly StorageSummary[];
  readonly startedAt: number;
  /** Hot; emits when a storage may have changed; never errors. */
  readonly changes$: Observable<void>;
}
