import { VexilError } from "@vexil/plugin-api/errors";
import { policyOf } from "../../model/error-policy.js";
import type { PendingWrite, PreparedGroup } from "./prepared-writes.js";

/** What came of one try with some writes. */
export interface Tried {
  /** To be tried again. */
  readonly again: readonly PendingWrite[];
  /** Whether it is because the branch had moved. */
  readonly moved: boolean;
  /** To be tried again one by one, since they were refused together. */
  readonly alone?: readonly PendingWrite[];
  /** The remote has answered, so those left have time anew. */
  readonly answered?: boolean;
  /** Why the remote could not be reached. */
  readonly failed?: VexilError;
}

export const NOTHING_LEFT: Tried = { again: [], moved: false };

/** Those of a group's writes that nobody has been told the result of, in order of arrival. */
export function stillWaiting(writes: readonly PendingWrite[], group: PreparedGroup): readonly PendingWrite[] {
  const waiting = new Set([...group.commits.map(({ write }) => write), ...group.behind, ...group.undecided]);
  return writes.filter((write) => waiting.has(write));
}

/** To whoever writes, a remote that cannot be reached is unavailable, whatever went wrong on the way. */
export function asUnavailable(error: VexilError): VexilError {
  if (policyOf(error).writer === "told") return error;
  return new VexilError(
    "VEXIL_UNAVAILABLE_REMOTE",
    `the remote cannot be reached, so nothing was written: ${error.message}`,
    {
      details: { ...error.details, step: "push" },
      cause: error,
    },
  );
}

/** When and why the remote left writes without an answer. */
export interface Hang {
  readonly error: VexilError;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The timeout that is behind an error, if there is one. */
export function hangOf(error: unknown, at: number): Hang | undefined {
  for (let next = error; VexilError.is(next); next = next.cause) {
    if (next.code === "VEXIL_CONNECTION_TIMEOUT") return { error: next, at };
  }
  return undefined;
}
