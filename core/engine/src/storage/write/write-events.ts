import type { SyncEvent } from "../../model/events.js";
import { headRef } from "../ref-names.js";
import { correlationOfGroup } from "./correlation.js";
import type { Decided, PendingWrite, PreparedCommit, PreparedGroup } from "./prepared-writes.js";

type WriteEvent = Extract<SyncEvent, { readonly request: string }>;

/** Where and when something happened to a write. */
export interface Told {
  readonly storage: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The answer of a write that is served now. */
export function committed(told: Told, { write, oid, summary }: PreparedCommit, pushed: boolean): WriteEvent {
  const durationMs = told.at - write.arrivedAt;
  return { ...told, ...about(write), type: "write.committed", revision: oid, summary, pushed, durationMs };
}

/** The answer of a write that needs no commit. */
export function decided(told: Told, decision: Decided): WriteEvent {
  const { write } = decision;
  return decision.type === "unchanged"
    ? { ...told, ...about(write), type: "write.unchanged", revision: decision.revision }
    : { ...told, ...about(write), type: "write.failed", error: decision.error };
}

/** The remote has taken a group's commits. */
export function pushed(told: Told, group: PreparedGroup, durationMs: number): SyncEvent {
  return {
    ...told,
    type: "push.succeeded",
    ref: headRef(group.branch.name),
    revision: group.commits.at(-1)?.oid ?? group.base,
    commits: group.commits.length,
    durationMs,
    ...correlationOfGroup(group),
  };
}

function about({ request }: PendingWrite) {
  const { id, environment, correlationId } = request;
  return { request: id, environment, ...(correlationId === undefined ? {} : { correlationId }) };
}
