import type { SyncEvent } from "../../model/events.js";
import { headRef } from "../ref-names.js";
import { correlationOfGroup } from "./correlation.js";
import type { Decided, PendingWrite, PreparedCommit, PreparedGroup } from "./prepared-writes.js";

type WriteEvent = Extract<SyncEvent, { readonly request: string }>;

/** Storage and time of an event. */
export interface EventOrigin {
  readonly storage: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The answer of a write that is served now. */
export function committed(
  origin: EventOrigin,
  { write, oid, summary }: PreparedCommit,
  pushed: boolean,
  durationMs: number,
): WriteEvent {
  return { ...origin, ...about(write), type: "write.committed", revision: oid, summary, pushed, durationMs };
}

/** The answer of a write that needs no commit. */
export function decided(origin: EventOrigin, decision: Decided): WriteEvent {
  const { write } = decision;
  return decision.type === "unchanged"
    ? { ...origin, ...about(write), type: "write.unchanged", revision: decision.revision }
    : { ...origin, ...about(write), type: "write.failed", error: decision.error };
}

/** The remote has taken a group's commits. */
export function pushed(origin: EventOrigin, group: PreparedGroup, durationMs: number): SyncEvent {
  return {
    ...origin,
    type: "push.succeeded",
    ref: headRef(group.branch.name),
    revision: group.commits.at(-1)?.oid ?? group.base,
    commits: group.commits.length,
    durationMs,
    ...correlationOfGroup(group),
  };
}

function about({ request }: PendingWrite) {
  const { id, environment, actor, correlationId, requestId } = request;
  return {
    request: id,
    environment,
    ...(actor === undefined ? {} : { actor: actor.id }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
