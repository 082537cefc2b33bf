import { VexilError } from "@vexil/plugin-api/errors";
import { policyOf } from "../../model/error-policy.js";

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

/** The last timeout of the remote that left writes without an answer. */
export interface LastTimeout {
  readonly error: VexilError;
  /** By `Clock.elapsed()`. */
  readonly at: number;
}

/**
 * Finds the timeout that caused an error, if there is one.
 * @param at by `Clock.elapsed()`
 */
export function timeoutOf(error: unknown, at: number): LastTimeout | undefined {
  for (let next = error; VexilError.is(next); next = next.cause) {
    if (next.code === "VEXIL_CONNECTION_TIMEOUT") return { error: next, at };
  }
  return undefined;
}
