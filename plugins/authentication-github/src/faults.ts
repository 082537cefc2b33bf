import { VexilError } from "@vexil/plugin-api";

/**
 * An error about what the user did wrong, or may not: nobody is logged in.
 * @param subject the user's login, where GitHub has told it
 */
export function unauthenticated(reason: string, subject?: string): VexilError {
  const details = subject === undefined ? {} : { subject };
  return new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", `callback: ${reason}`, { details });
}

/** An error about a GitHub that cannot be asked. */
export function unavailable(reason: string): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_PROVIDER", `callback: GitHub: ${reason}`);
}
