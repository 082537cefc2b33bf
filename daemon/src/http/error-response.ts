import type { ErrorCode, ErrorKind } from "@vexil/plugin-api/errors";
import { VexilError } from "@vexil/plugin-api/errors";

/** Status and gRPC code of an error (`http-api.md` §1.3, §12). */
export interface ErrorStatus {
  readonly status: number;
  readonly code: number;
}

const BY_KIND: Readonly<Record<ErrorKind, ErrorStatus>> = {
  validation: { status: 400, code: 3 },
  "not-found": { status: 404, code: 5 },
  exists: { status: 409, code: 6 },
  conflict: { status: 409, code: 10 },
  refused: { status: 403, code: 7 },
  overloaded: { status: 429, code: 8 },
  unavailable: { status: 503, code: 14 },
  // A write that met a remote which cannot be reached, or refuses the daemon's own credential: come again later.
  connection: { status: 503, code: 14 },
  remote: { status: 503, code: 14 },
  auth: { status: 503, code: 14 },
  plugin: { status: 500, code: 13 },
  internal: { status: 500, code: 13 },
};

/** Codes whose status is not that of their kind. */
const BY_CODE: Partial<Record<ErrorCode, ErrorStatus>> = {
  VEXIL_REFUSED_UNAUTHENTICATED: { status: 401, code: 16 },
  VEXIL_REFUSED_UNIMPLEMENTED: { status: 501, code: 12 },
  VEXIL_VALIDATION_BODY_SIZE: { status: 413, code: 8 },
  VEXIL_VALIDATION_ITEMS: { status: 413, code: 8 },
  VEXIL_VALIDATION_ANSWER_SIZE: { status: 413, code: 8 },
  VEXIL_INTERNAL_CANCELLED: { status: 499, code: 1 },
};

/** The only mapping of errors to statuses. */
export function errorStatus(error: VexilError): ErrorStatus {
  return BY_CODE[error.code] ?? BY_KIND[error.kind];
}

/** Anything thrown → an error that may be shown. What is no VexilError is a defect, and its text stays in the log. */
export function shownError(error: unknown): VexilError {
  if (VexilError.is(error)) return error;
  return new VexilError("VEXIL_INTERNAL_BUG", "internal error; the log has more under this request's id", {
    cause: error,
  });
}

export interface ErrorBody {
  readonly code: number;
  readonly message: string;
  readonly details: readonly [];
}

export function errorBody(error: VexilError): ErrorBody {
  return { code: errorStatus(error).code, message: error.message, details: [] };
}

/** Headers that go with an error. */
export function errorHeaders(error: VexilError): Readonly<Record<string, string>> {
  if (error.code === "VEXIL_REFUSED_UNAUTHENTICATED") return { "WWW-Authenticate": "request was not authenticated" };
  return retryHeaders(error);
}

/** Those that every form of an answer has, OFREP and streams included. */
export function retryHeaders({ kind, details }: VexilError): Readonly<Record<string, string>> {
  if (kind !== "overloaded") return {};
  return { "Retry-After": String(Math.max(1, Math.ceil((details.retryAfterMs ?? 1000) / 1000))) };
}

export const notFoundError = (): VexilError => new VexilError("VEXIL_NOT_FOUND", "Not Found");
export const methodError = (): VexilError => new VexilError("VEXIL_REFUSED_UNIMPLEMENTED", "Method Not Allowed");
export const unauthenticatedError = (): VexilError =>
  new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", "request was not authenticated");
