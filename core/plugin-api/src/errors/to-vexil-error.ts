import type { ErrorCode } from "./codes.js";
import { type FailureStep, VexilError } from "./vexil-error.js";

const SOCKET_CODES: Readonly<Record<string, readonly [ErrorCode, FailureStep]>> = {
  ENOTFOUND: ["VEXIL_CONNECTION_DNS", "dns"],
  EAI_AGAIN: ["VEXIL_CONNECTION_DNS", "dns"],
  EAI_FAIL: ["VEXIL_CONNECTION_DNS", "dns"],
  ECONNREFUSED: ["VEXIL_CONNECTION_REFUSED", "connect"],
  EHOSTUNREACH: ["VEXIL_CONNECTION_UNREACHABLE", "connect"],
  ENETUNREACH: ["VEXIL_CONNECTION_UNREACHABLE", "connect"],
  EADDRNOTAVAIL: ["VEXIL_CONNECTION_UNREACHABLE", "connect"],
  ETIMEDOUT: ["VEXIL_CONNECTION_TIMEOUT", "connect"],
  ECONNRESET: ["VEXIL_CONNECTION_RESET", "http"],
  EPIPE: ["VEXIL_CONNECTION_RESET", "http"],
  ENOSPC: ["VEXIL_UNAVAILABLE_SPACE", "backend"],
  EDQUOT: ["VEXIL_UNAVAILABLE_SPACE", "backend"],
};

/**
 * Anything thrown → VexilError: Node's socket codes and aborts by code; the rest is internal.
 * @example try { await connect() } catch (error) { throw toVexilError(error) }
 */
export function toVexilError(error: unknown): VexilError {
  if (VexilError.is(error)) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  const message = error instanceof Error ? error.message : String(error);
  const known = typeof code === "string" ? SOCKET_CODES[code] : undefined;
  if (known !== undefined) return new VexilError(known[0], message, { details: { step: known[1] }, cause: error });
  if (error instanceof Error && (error.name === "AbortError" || code === "ABORT_ERR")) {
    return new VexilError("VEXIL_INTERNAL_CANCELLED", "the operation was cancelled", { cause: error });
  }
  return new VexilError("VEXIL_INTERNAL_BUG", message, { cause: error });
}
