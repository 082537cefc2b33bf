import { randomUUID } from "node:crypto";
import type { Correlation } from "../step-context.js";
import type { PendingWrite, PreparedGroup } from "./prepared-writes.js";

/** The requests that some work is done for: each line of it can be found by each of them. */
export function correlationOf(writes: readonly PendingWrite[]): Correlation {
  const [correlationIds, requestIds] = (["correlationId", "requestId"] as const).map((name) => [
    ...new Set(writes.flatMap(({ request }) => request[name] ?? [])),
  ]) as [string[], string[]];
  const [correlationId = randomUUID()] = correlationIds;
  const [requestId] = requestIds;
  return {
    correlationId,
    ...(correlationIds.length > 1 && { correlationIds }),
    ...(requestId !== undefined && { requestId }),
    ...(requestIds.length > 1 && { requestIds }),
  };
}

/** As {@link correlationOf}, of the writes that have become commits. */
export function correlationOfGroup({ commits }: PreparedGroup): Correlation {
  return correlationOf(commits.map(({ write }) => write));
}
