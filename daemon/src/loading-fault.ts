import { toVexilError } from "@vexil/plugin-api/errors";
import { moreAbout } from "./troubleshooting/more-about.js";

/** Lines for users about a configuration that is refused: its fault, and what to write instead where that is known. */
export function loadingFault(error: unknown): string {
  const fault = toVexilError(error);
  const { message, details } = fault;
  const more = typeof details.hint === "string" ? `\nHint: ${details.hint}` : moreAbout(fault);
  return `Error: loading configuration: ${message}${more}\n`;
}
