import type { StorageStatus } from "@vexil/engine/model/storage-status";

/** The STATUS line: what each storage serves, since when it is stale, and which ones are waited for. */
export function serviceStatus(storages: readonly StorageStatus[]): string {
  const parts = storages.map((storage) => `${storage.id}: ${describe(storage)}`);
  const waiting = storages.filter(({ hasSnapshot }) => !hasSnapshot).map(({ id }) => id);
  if (waiting.length > 0) parts.unshift(`waiting for ${waiting.join(", ")}`);
  return parts.join("; ");
}

function describe({ state, revision, lastSuccess, lastError }: StorageStatus): string {
  const head = revision === undefined ? "no state yet" : revision.slice(0, 12);
  if (state === "ready") return head;
  // A point in time rather than an age: the line changes only when something happens.
  const since = lastSuccess === undefined ? "" : ` since ${new Date(lastSuccess).toISOString()}`;
  const error = lastError === undefined ? "" : ` (${lastError.step}: ${lastError.code})`;
  return state === "starting" ? `${head}${error}` : `${head}, ${state}${since}${error}`;
}
