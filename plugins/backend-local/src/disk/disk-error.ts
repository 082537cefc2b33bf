import { basename } from "node:path";
import { type ErrorCode, VexilError } from "@vexil/plugin-api";

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: "VEXIL_UNAVAILABLE_SPACE",
  EDQUOT: "VEXIL_UNAVAILABLE_SPACE",
  EACCES: "VEXIL_UNAVAILABLE_REPOSITORY",
  EPERM: "VEXIL_UNAVAILABLE_REPOSITORY",
  EROFS: "VEXIL_UNAVAILABLE_REPOSITORY",
  ENAMETOOLONG: "VEXIL_UNAVAILABLE_BLOCKED",
};

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: "there is no space left on the device",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission denied; give the daemon's user read and write access",
  EPERM: "operation not permitted; give the daemon's user read and write access",
  EROFS: "the file system is read-only",
  ENAMETOOLONG: "the file system takes no name as long as",
};

export function errnoOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

export function isNoSpace(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "VEXIL_UNAVAILABLE_SPACE"].includes(errnoOf(error) ?? "");
}

/**
 * Turns the error of a file operation into one that the host understands: no space and no access have codes of their
 * own.
 */
export function diskError(error: unknown, doing: string): unknown {
  if (VexilError.is(error)) return error;
  const errno = errnoOf(error);
  const code = errno === undefined ? undefined : CODES[errno];
  if (errno === undefined || code === undefined) return error;
  const named = errno === "ENAMETOOLONG" ? ` ${shortened(error)}; shorten it by another commit` : "";
  return new VexilError(code, `cannot ${doing}: ${ADVICE[errno] ?? errno}${named}`, {
    details: { step: "backend" },
    cause: error,
  });
}

function shortened(error: unknown): string {
  const { path } = error as { readonly path?: unknown };
  const name = typeof path === "string" ? basename(path) : "a file of it";
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}

export function corrupt(message: string, cause?: unknown): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_CORRUPT", message, { details: { step: "backend" }, cause });
}

export function unsupported(message: string, cause?: unknown): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_REPOSITORY", message, { details: { step: "backend" }, cause });
}

export function blocked(message: string): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_BLOCKED", message, { details: { step: "backend" } });
}
