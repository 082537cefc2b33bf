import type { SyncEvent } from "../../model/events.js";
import type { PendingWrite, PreparedGroup } from "./prepared-writes.js";

/**
 * How far a group of writes to one branch has come. With a remote the way is
 *
 *   waiting ──▶ prepared ──▶ pushed ──▶ finished ──▶ waiting, with what is left
 *      ▲            └──▶ outdated: others moved the branch
 *      └──────────────────────┘
 *
 * and without one preparing and finishing are one step, as nothing but the lane is between them.
 */
export type GroupStep =
  /** To be applied to the branch as it is now. */
  | { readonly type: "waiting"; readonly writes: readonly PendingWrite[] }
  /** Commits are stored, and on no branch yet. */
  | { readonly type: "prepared"; readonly writes: readonly PendingWrite[]; readonly group: PreparedGroup }
  /** The remote has the commits: the writes stand. */
  | { readonly type: "pushed"; readonly group: PreparedGroup }
  /** The branch was moved by others first; nothing changed. */
  | { readonly type: "outdated"; readonly writes: readonly PendingWrite[] }
  /** Refused as a group: this one is tried by itself, so that it gets the error if it deserves it. */
  | { readonly type: "alone"; readonly write: PendingWrite }
  /** @property left what could not be decided on top of the others; `answered`: the remote has, so there is time anew */
  | { readonly type: "finished"; readonly left: readonly PendingWrite[]; readonly answered: boolean };

/** Output of a step: events, and at its end the next step. */
export type GroupItem = GroupStep | SyncEvent;

/** Tells the steps of a group from its events. */
export function isStep(item: GroupItem): item is GroupStep {
  return !("storage" in item);
}

/** Those of a group's writes that nobody has been told the result of, in order of arrival. */
export function stillWaiting(writes: readonly PendingWrite[], group: PreparedGroup): readonly PendingWrite[] {
  const waiting = new Set([...group.commits.map(({ write }) => write), ...group.staleRevision, ...group.undecided]);
  return writes.filter((write) => waiting.has(write));
}
