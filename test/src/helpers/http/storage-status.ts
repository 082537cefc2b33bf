import type { StorageStatus } from "@vexil/engine/model/storage-status";

/** Status of a storage that serves, or of another one with these members. */
export function storageStatus(changes: Partial<StorageStatus> = {}): StorageStatus {
  return {
    id: "main",
    backend: "memory",
    state: "ready",
    revision: undefined,
    environments: ["default"],
    hasSnapshot: true,
    lastSuccess: undefined,
    stalenessSeconds: 0,
    lastError: undefined,
    nextPoll: undefined,
    quarantined: [],
    uncommitted: [],
    blocked: undefined,
    ...changes,
  };
}
