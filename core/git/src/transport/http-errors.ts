import { type FailureStep, toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { timedOut } from "../remote/operation.js";

/** Which part of an exchange failed: making the connection, waiting for the answer's head, or reading its body. */
export type ExchangePart = "connect" | "head" | "body";

const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_REJECTED",
  "CERT_UNTRUSTED",
  "CERT_SIGNATURE_FAILURE",
  "CERT_CHAIN_TOO_LONG",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "HOSTNAME_MISMATCH",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "UND_ERR_PRX_TLS",
]);

/**
 * Turns an error of undici or node into a VexilError, by code.
 * @param step where a failure of the body is placed
 * @param secured whether the peer was reached and only the TLS handshake was missing
 */
export function exchangeError(error: unknown, part: ExchangePart, step: FailureStep, secured = false): VexilError {
  if (VexilError.is(error)) return error;
  const code = String((error as { code?: unknown } | undefined)?.code ?? "");
  const message = error instanceof Error ? error.message : String(error);
  const at = part === "body" ? step : "http";
  if (CERTIFICATE_CODES.has(code)) {
    const advice = "give its authority by ca_cert_path, or check the host name";
    return failure("VEXIL_REMOTE_CERTIFICATE", `its certificate is not trusted: ${message} (${advice})`, "tls", error);
  }
  if (code === "UND_ERR_CONNECT_TIMEOUT") return timedOut(secured ? "tls" : "connect", "no connection was made");
  if (code === "UND_ERR_HEADERS_TIMEOUT") return timedOut(at, "no answer came");
  if (code === "UND_ERR_ABORTED" || code === "UND_ERR_INVALID_ARG") {
    // Aborts of our own are told apart by their signal: this is undici's way to report a proxy's refusal.
    return failure("VEXIL_CONNECTION_PROXY", `the proxy refused: ${message}`, "connect", error);
  }
  if (part === "connect" && (secured || isTlsCode(code))) {
    return failure("VEXIL_CONNECTION_TLS", `the TLS handshake failed: ${message}`, "tls", error);
  }
  if (code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE") {
    return failure("VEXIL_CONNECTION_RESET", `the connection was cut: ${message}`, at, error);
  }
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") {
    return failure("VEXIL_CONNECTION_TRUNCATED", "the answer is shorter than announced", at, error);
  }
  if (code.startsWith("HPE_")) {
    return part === "body"
      ? failure("VEXIL_CONNECTION_CORRUPT", `the answer is damaged: ${message}`, at, error)
      : failure("VEXIL_REMOTE_PROTOCOL", `the remote does not speak HTTP: ${message}`, at, error);
  }
  if (code === "UND_ERR_HEADERS_OVERFLOW") {
    return failure("VEXIL_CONNECTION_ENDLESS", "the head of the answer does not end", at, error);
  }
  return toVexilError(error);
}

const isTlsCode = (code: string): boolean => code === "EPROTO" || code.startsWith("ERR_SSL_");

function failure(code: VexilError["code"], message: string, step: FailureStep, cause: unknown): VexilError {
  return new VexilError(code, message, { details: { step }, cause });
}

export interface StatusContext {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly storage: string;
  readonly credential: string | undefined;
  /** The remote's own words about it, if anything readable. */
  readonly words: string;
}

/** An answer that is neither success nor a redirect → VexilError. */
export function statusError(context: StatusContext): VexilError {
  const { status, storage, credential } = context;
  const words = context.words === "" ? "" : `: ${context.words}`;
  const retryAfterMs = parseRetryAfter(context.retryAfter, Date.now());
  const http = { step: "http" as const, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (status === 401 || status === 403) {
    const who = credential === undefined ? "asks for a credential" : `rejects the credential "${credential}"`;
    const message = `the remote of storage "${storage}" ${who} (status ${status})${words}`;
    return new VexilError("VEXIL_AUTH_REJECTED", message, { details: { ...http, step: "auth" } });
  }
  if (status === 404 || status === 410) {
    const hidden = credential === undefined ? "wants a credential to show it" : `hides it from "${credential}"`;
    const message = `the remote of storage "${storage}" has no such repository, or ${hidden} (status ${status})${words}`;
    return new VexilError("VEXIL_REMOTE_NOT_FOUND", message, { details: http });
  }
  if (status === 429) {
    return new VexilError("VEXIL_CONNECTION_RATE_LIMITED", `the remote asks for fewer requests${words}`, {
      details: http,
    });
  }
  if (status === 407) {
    return new VexilError("VEXIL_CONNECTION_PROXY", `the proxy asks for a credential (status 407)${words}`, {
      details: { ...http, step: "connect" },
    });
  }
  if (status >= 500) {
    return new VexilError("VEXIL_CONNECTION_STATUS_5XX", `the remote answers with status ${status}${words}`, {
      details: http,
    });
  }
  return new VexilError("VEXIL_REMOTE_STATUS", `the remote answers with status ${status}${words}`, { details: http });
}

/** `Retry-After` (RFC 9110 §10.2.3): seconds, or a date. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
