import type { StorageStatus } from "../api/types.js";

/** @returns the last error of a storage, unless all has gone well since */
export function presentError({
  lastError,
  lastSuccess,
}: Pick<Partial<StorageStatus>, "lastError" | "lastSuccess">): StorageStatus["lastError"] {
  const isOver = lastError !== undefined && lastSuccess !== undefined && lastError.at < lastSuccess;
  return isOver ? undefined : lastError;
}
