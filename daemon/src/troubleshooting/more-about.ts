import { CODES } from "@vexil/plugin-api/errors";

/** Names the command that tells more about an error whose code is known, to stand behind its message; else nothing. */
export function moreAbout(error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" && Object.hasOwn(CODES, code) ? ` (more: vexil explain-error ${code})` : "";
}
