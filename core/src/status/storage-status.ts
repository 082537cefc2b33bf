import type { Oid } from "../contract/backend.js";
import type { FailureStep } from "../errors/vexil-error.js";
import type { Quarantined } from "../snapshots/snapshot.js";

export type StorageState = "starting" | "ready" | "stale" | "failed";

/** One storage as `/api/status` shows it (`http-api.md` §12). Times are epoch milliseconds. */
export interface StorageStatus {
  readonly id: string;
  readonly backend: string;
  readonly state: StorageState;
  readonly revision: Oid | undefined;
  readonly environments: readonly string[];
  readonly hasSnapshot: boolean;
  readonly lastSuccess: number | undefined;
  readonly stalenessSeconds: number;
  readonly lastError:
    | { readonly code: string; readonly step: FailureStep; readonly message: string; readonly at: number }
    | undefined;
  readonly nextPoll: number | undefined;
  readonly quarantined: readonly Quarantined[];
  readonly uncommitted: readonly string[];
  readonly blocked: { readonly code: string; readonly reason: string } | undefined;
}

/** What the HTTP layer asks of status. */
export interface StatusReader {
  storages(): readonly StorageStatus[];
  readonly startedAt: number;
}
