import { toVexilError } from "@vexil/plugin-api/errors";

/** Lines for users about a configuration that is refused: its fault, and what to write instead where that is known. */
export function loadingFault(error: unknown): string {
  const { message, details } = toVexilError(error);
  const hint = typeof details.hint === "string" ? `Hint: ${details.hint}\n` : "";
  return `Error: loading configuration: ${message}\n${hint}`;
}
