import { VexilError } from "@vexil/plugin-api";

/** An error about what the user did wrong, or may not: nobody is logged in. */
export function unauthenticated(reason: string): VexilError {
  return new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", `callback: ${reason}`);
}

/** An error about a GitHub that cannot be asked. */
export function unavailable(reason: string): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_PROVIDER", `callback: GitHub: ${reason}`);
}
