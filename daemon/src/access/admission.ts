import { VexilError } from "@vexil/plugin-api/errors";
import type { Principal } from "./principal.js";

/** Verdict about a request: whether it is let in, and who it is of. */
export interface Admission {
  readonly admitted: boolean;
  /** Undefined for whoever is let in without being asked. */
  readonly principal: Principal | undefined;
  /** Until when it holds unless callers are forgotten (`performance.now()`); undefined: for this request. */
  readonly until?: number | undefined;
}

/** No credential is needed. */
export const UNASKED: Admission = { admitted: true, principal: undefined };
/** There is no credential, or none that is known. */
export const UNKNOWN: Admission = { admitted: false, principal: undefined };

export function unauthenticatedError(): VexilError {
  return new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", "request was not authenticated");
}
