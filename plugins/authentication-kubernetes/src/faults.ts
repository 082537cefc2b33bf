import { VexilError } from "@vexil/plugin-api";

/** An error about an API server that cannot be asked. */
export function unavailable(reason: string): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_PROVIDER", `kubernetes: ${reason}`);
}

/** An error about a token that is not valid. */
export function unauthenticated(reason: string): VexilError {
  return new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", `verifying service account: ${reason}`);
}
