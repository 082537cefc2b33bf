import { randomUUID } from "node:crypto";
import type { Correlation } from "../step-context.js";
import type { PendingWrite, PreparedGroup } from "./prepared-writes.js";

/** The requests that some work is done for: each line of it can be found by each of them. */
export function correlationOf(writes: readonly PendingWrite[]): Correlation {
  const ids = [...new Set(writes.flatMap(({ request }) => request.correlationId ?? []))];
  const [first, ...others] = ids;
  return { correlationId: first ?? randomUUID(), ...(others.length === 0 ? {} : { correlationIds: ids }) };
}

/** As {@link correlationOf}, of the writes that have become commits. */
export function correlationOfGroup({ commits }: PreparedGroup): Correlation {
  return correlationOf(commits.map(({ write }) => write));
}
