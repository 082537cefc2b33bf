import { ErrorReply } from "@redis/client";
import { VexilError } from "@vexil/plugin-api";

/** Beginnings of Redis's error replies, and Node's codes, that an operator can do something about. */
const ADVICE: Readonly<Record<string, string>> = {
  WRONGPASS: "check username and password",
  NOAUTH: "give a password",
  NOPERM: "let the user read and write the keys, and run scripts; see the plugin's README",
  MOVED: "it is a node of a cluster: set cluster: true",
  CROSSSLOT: "it is a node of a cluster: set cluster: true",
  OOM: "raise maxmemory, or free some",
  MISCONF: "look at its log: it cannot write to its disk",
  READONLY: "it is a replica: name the primary",
  NOREPLICAS: "too few replicas are connected for min-replicas-to-write",
  ERR_TLS_CERT_ALTNAME_INVALID: "name the server as its certificate does",
  SELF_SIGNED_CERT_IN_CHAIN: "give the authority's certificate as ca_cert_path",
  DEPTH_ZERO_SELF_SIGNED_CERT: "give the server's certificate as ca_cert_path",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "give the authority's certificate as ca_cert_path",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "give the authority's certificate as ca_cert_path",
};

/** Answers to the first command that waiting does not cure. */
const LASTING = new Set(["WRONGPASS", "NOAUTH", "NOPERM", "MOVED", "CROSSSLOT", "WRONGTYPE"]);
/** Within scripts a refusal has no code of its own in older versions. */
const REFUSED_IN_SCRIPT = /can't run this command|can't access at least one|ACL failure in script/;
const MOST_CHARACTERS = 200;

/** No connection was to be had, so the command was never sent. */
export class NotSent extends Error {
  constructor(cause: unknown) {
    super("no connection", { cause });
  }
}

/** Tells whether the connection was lost, so that nobody knows what became of the command. */
export function isConnectionLoss(error: unknown): boolean {
  return !(error instanceof ErrorReply) && !VexilError.is(error);
}

/** The first word of an error reply, or Node's code; "" where there is neither. */
export function codeOf(error: unknown): string {
  if (error instanceof ErrorReply && REFUSED_IN_SCRIPT.test(error.message)) return "NOPERM";
  if (error instanceof ErrorReply) return /^[A-Z]+(?= )/.exec(error.message)?.[0] ?? "";
  return String((innerOf(error) as { code?: unknown } | undefined)?.code ?? "");
}

/**
 * Turns an error of the client or the socket into an error of the storage: retryable, without the password.
 * @param display where the server is; `keys`: how the storage's keys begin
 */
export function redisError(thrown: unknown, { display, keys }: { display: string; keys: string }): VexilError {
  const error = thrown instanceof NotSent ? thrown.cause : thrown;
  if (VexilError.is(error)) return error;
  const code = codeOf(error);
  const foreign =
    code === "WRONGTYPE" ? `something else wrote to a key that begins with ${keys}: remove it` : undefined;
  const advice = foreign ?? (Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined);
  const message = `Redis at ${display}: ${reasonOf(error)}${advice === undefined ? "" : `; ${advice}`}`;
  return new VexilError(code === "OOM" ? "VEXIL_UNAVAILABLE_SPACE" : "VEXIL_UNAVAILABLE_STORAGE", message, {
    details: { step: "backend", ...(code !== "" && { database_code: code }) },
    cause: error,
  });
}

/** An error of the first connection: what only an operator can mend is not worth trying again. */
export function openingError(error: unknown): unknown {
  if (!VexilError.is(error)) return error;
  const code = String(error.details.database_code ?? "");
  const isLasting = LASTING.has(code) || (code in ADVICE && /CERT|SIGNATURE/.test(code));
  if (!isLasting) return error;
  return new VexilError("VEXIL_UNAVAILABLE_REPOSITORY", error.message, { details: error.details, cause: error });
}

/** Node tries several addresses of a name and gives one error for all. */
function innerOf(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors[0] as unknown) : error;
}

function reasonOf(error: unknown): string {
  const inner = innerOf(error);
  if (!(inner instanceof Error)) return String(inner);
  // Of an error within a script: what follows says where in it.
  const message = inner.message.replace(/ script: [0-9a-f]{40}.*$/s, "").trim();
  return message === "" ? inner.name : message.replaceAll(/\s+/g, " ").slice(0, MOST_CHARACTERS);
}
