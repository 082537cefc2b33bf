import { policyOf } from "@vexil/engine/model/error-policy";
import { namedNamespaces } from "@vexil/engine/storage/state/failing-tests";
import type { TestFailure } from "@vexil/flags/cases/tested-file";
import { VexilError } from "@vexil/plugin-api/errors";

/** Status and gRPC code of an error. */
export interface ErrorStatus {
  readonly status: number;
  readonly code: number;
}

/** Statuses of an error's answer, for HTTP and gRPC, as the error policy says. */
export function errorStatus(error: VexilError): ErrorStatus {
  const { status, grpc } = policyOf(error);
  return { status, code: grpc };
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
  /** Tests that would fail, or which of several changes cannot be made, where that is why; else none. */
  readonly details: readonly object[];
}

export function errorBody(error: VexilError): ErrorBody {
  return { code: errorStatus(error).code, message: error.message, details: detailsOf(error) };
}

function detailsOf({ code, details }: VexilError): readonly object[] {
  if (Array.isArray(details.changes)) return details.changes as readonly object[];
  if (code !== "VEXIL_VALIDATION_TESTS" || !Array.isArray(details.tests)) return [];
  return (details.tests as readonly TestFailure[]).map((one) => ({ ...one, namespaces: namedNamespaces(one) }));
}

/** Header with an error's code, by which the manual and `vexil explain-error` tell more; bodies are the compatible system's. */
const CODE_HEADER = "Vexil-Error";

/** Headers that go with an error. */
export function errorHeaders(error: VexilError): Readonly<Record<string, string>> {
  const code = { [CODE_HEADER]: error.code };
  if (error.code !== "VEXIL_REFUSED_UNAUTHENTICATED") return { ...code, ...retryHeaders(error) };
  return { ...code, "WWW-Authenticate": "request was not authenticated" };
}

/** Those that every form of an answer has, OFREP and streams included. */
export function retryHeaders({ kind, details }: VexilError): Readonly<Record<string, string>> {
  if (kind !== "overloaded") return {};
  return { "Retry-After": String(Math.max(1, Math.ceil((details.retryAfterMs ?? 1000) / 1000))) };
}

export const notFoundError = (): VexilError => new VexilError("VEXIL_NOT_FOUND", "Not Found");
export const targetError = (): VexilError =>
  new VexilError(
    "VEXIL_VALIDATION_REQUEST",
    "the request's target cannot be read: its path has to begin with a slash, to be percent-encoded rightly and to have no #",
  );
export const methodError = (): VexilError => new VexilError("VEXIL_REFUSED_UNIMPLEMENTED", "Method Not Allowed");
