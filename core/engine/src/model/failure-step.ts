import type { FailureStep, VexilError } from "@vexil/plugin-api/errors";

/** The step of an error, for users who look at status. */
export function stepOf(error: VexilError): FailureStep {
  return error.details.step ?? "backend";
}
