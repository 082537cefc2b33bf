import { VexilError } from "@vexil/plugin-api";

/** SQLSTATE codes (PostgreSQL, appendix A) and Node's codes that an operator can do something about. */
const ADVICE: Readonly<Record<string, string>> = {
  "28P01": "check user and password",
  "28000": "check user, password and pg_hba.conf",
  "3D000": "create the database, or name another one",
  "42501":
    "grant what is missing: CREATE on the database for the first start, then USAGE on the schema and DML on its tables",
  ERR_TLS_CERT_ALTNAME_INVALID: "name the server as its certificate does",
  SELF_SIGNED_CERT_IN_CHAIN: "give the authority's certificate as ca_cert_path",
  DEPTH_ZERO_SELF_SIGNED_CERT: "give the server's certificate as ca_cert_path",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "give the authority's certificate as ca_cert_path",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "give the authority's certificate as ca_cert_path",
  "53300": "raise max_connections, or put a pooler before the database",
};

/** More of them may be free soon. */
const TOO_MANY_CONNECTIONS = "53300";

/** The server has ended the session, is starting, or is stopping (classes 08 and 57P). */
const GONE = /^(08|57P)/;

/** No connection was to be had, so the statement was never sent. */
export class NotSent extends Error {
  constructor(cause: unknown) {
    super("no connection", { cause });
  }
}

/** Tells whether the connection was lost, so that nobody knows what became of the statement. */
export function isConnectionLoss(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  // A SQLSTATE is the server's own word on the statement; anything else came from the socket.
  return typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code) || GONE.test(code);
}

/** Turns an error of pg or the socket into an error of the storage: retryable, without the password. */
export function databaseError(thrown: unknown, display: string): VexilError {
  const error = thrown instanceof NotSent ? thrown.cause : thrown;
  if (VexilError.is(error)) return error;
  const code = String((error as { code?: unknown } | undefined)?.code ?? "");
  const reason = reasonOf(error);
  const advice = Object.hasOwn(ADVICE, code) ? `; ${ADVICE[code]}` : "";
  return new VexilError("VEXIL_UNAVAILABLE_STORAGE", `PostgreSQL at ${display}: ${reason}${advice}`, {
    details: { step: "backend", ...(code !== "" && { database_code: code }) },
    cause: error,
  });
}

/** An error of the first connection: what only an operator can mend is not worth trying again. */
export function openingError(error: unknown): unknown {
  const code = VexilError.is(error) ? String(error.details.database_code ?? "") : "";
  if (!VexilError.is(error) || code === TOO_MANY_CONNECTIONS || !Object.hasOwn(ADVICE, code)) return error;
  return new VexilError("VEXIL_UNAVAILABLE_REPOSITORY", error.message, { details: error.details, cause: error });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node tries several addresses of a name and gives one error for all.
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const message = inner instanceof Error && inner.message !== "" ? inner.message : error.message;
  return message === "" ? error.name : message;
}
