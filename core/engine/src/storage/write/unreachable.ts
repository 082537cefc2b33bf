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
