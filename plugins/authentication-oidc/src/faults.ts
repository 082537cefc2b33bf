import { VexilError } from "@vexil/plugin-api";

// What these libraries throw holds answers of the provider, tokens among them. So it never becomes the cause of an error
// here: only words that are known to be harmless go on.

/** Error codes of OAuth, as providers send them (RFC 6749 §4.1.2.1, §5.2). */
const CODE = /^[a-z][a-z0-9_.-]{0,63}$/i;

/** Names of Node's failures on the way to a server. */
const SOCKET =
  /^(?:E(?!RR_)[A-Z_]+|ERR_(?:TLS|SSL|SOCKET|STREAM)_[A-Z_]+|UND_ERR_[A-Z_]+|CERT_[A-Z_]+|DEPTH_[A-Z_]+|SELF_SIGNED_[A-Z_]+|UNABLE_TO_[A-Z_]+)$/;

/** The step at which a login, or its end, was. */
export interface Step {
  /** Begins the message: `callback: code exchange failed`. */
  readonly what: string;
  readonly provider: string;
}

/**
 * An error about what the user or the provider did wrong: nobody is logged in.
 * @param subject whoever it is about, where that is verified
 */
export function unauthenticated({ what, provider }: Step, reason: string, subject?: string): VexilError {
  const details = { provider, ...(subject !== undefined && { subject }) };
  return new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", `${what}: ${reason}`, { details });
}

/** An error about a provider that cannot be asked. */
export function unavailable({ what, provider }: Step, reason: string): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_PROVIDER", `${what}: provider ${provider} ${reason}`, {
    details: { provider },
  });
}

/** Anything that openid-client, jose or `fetch` throw, in words of ours. */
export function faultOf(step: Step, error: unknown): VexilError {
  if (VexilError.is(error)) return error;
  const network = networkFault(error);
  if (network !== undefined) return unavailable(step, network);
  const { name, code, error: answered, status } = error as Readonly<Record<string, unknown>>;
  if (status === 429 || (typeof status === "number" && status >= 500)) return unavailable(step, `answered ${status}`);
  if (typeof answered === "string") {
    return unauthenticated(step, `the provider answered ${CODE.test(answered) ? answered : "an error"}`);
  }
  if (name === "WWWAuthenticateChallengeError")
    return unauthenticated(step, "the provider refused the client or its token");
  const cause = (error as { readonly cause?: { readonly status?: unknown } }).cause;
  if (code === "OAUTH_RESPONSE_IS_NOT_CONFORM" && typeof cause?.status === "number") {
    return unavailable(step, `answered with status ${cause.status}`);
  }
  if (code === "OAUTH_RESPONSE_IS_NOT_JSON" || code === "OAUTH_PARSE_ERROR")
    return unavailable(step, "answered no JSON");
  if (typeof code === "string" && /^ERR_J(?:OSE|WKS)_|^ERR_JWK/.test(code)) return keyFault(step, code);
  return unauthenticated(step, reasonOf(error));
}

/** Codes of jose about the keys' document; a token that is not valid has others. */
function keyFault(step: Step, code: string): VexilError {
  if (code === "ERR_JWKS_NO_MATCHING_KEY" || code === "ERR_JWKS_MULTIPLE_MATCHING_KEYS") {
    return unauthenticated(step, "the token is signed with no key of the provider");
  }
  if (code === "ERR_JOSE_ALG_NOT_ALLOWED" || code === "ERR_JOSE_NOT_SUPPORTED") {
    return unauthenticated(step, "the token's algorithm is not allowed");
  }
  return unavailable(step, "does not give its keys");
}

/** Reason why a server was not reached, or did not answer whole and in time; undefined: it is no such error. */
function networkFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return "failed";
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1) {
    if (one.name === "TimeoutError" || one.name === "AbortError") return "did not answer in time";
    if (one instanceof RangeError) return "answered too much";
    const { code } = one as NodeJS.ErrnoException;
    if (typeof code === "string" && SOCKET.test(code)) return `cannot be reached (${code})`;
  }
  return error.message === "fetch failed" ? "cannot be reached" : undefined;
}

/** Words of the library about the fault, if they hold no value. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const inner = cause instanceof Error ? cause.message : message;
  return /^[\w "'().,:/-]{1,160}$/.test(inner) ? inner : "the provider's answer is not valid";
}
