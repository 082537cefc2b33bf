import { type AuthenticationMethod, type Identity, type PresentedCredential, VexilError } from "@vexil/plugin-api";
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import { identityOf } from "./claims-identity.js";
import type { KeySource } from "./key-source.js";
import { oddClaim } from "./registered-claims.js";
import type { JwtSettings } from "./settings.js";
import { headerOf } from "./token-form.js";
import { ALGORITHMS, fits, type VerificationKey } from "./verification-key.js";

/** Clocks may differ by so much. */
const SKEW_SECONDS = 60;
/** A token that names no end has one so long after its beginning. */
const LIFE_SECONDS = 150;

/** Tokens that an issuer has signed (RFC 7519). */
export class JwtMethod implements AuthenticationMethod {
  readonly schemes = ["JWT"] as const;
  readonly #keys: KeySource;
  readonly #mapping: Readonly<Record<string, string>>;
  readonly #options: JWTVerifyOptions;

  constructor({ validate_claims: wanted = {}, claims_mapping: mapping = {} }: JwtSettings, keys: KeySource) {
    const { issuer, subject, audiences = [] } = wanted;
    this.#keys = keys;
    this.#mapping = mapping;
    this.#options = {
      algorithms: [...ALGORITHMS],
      clockTolerance: SKEW_SECONDS,
      ...(issuer && { issuer }),
      ...(subject && { subject }),
      ...(audiences.length > 0 && { audience: [...audiences] }),
    };
  }

  async verify({ value }: PresentedCredential, signal: AbortSignal): Promise<Identity> {
    const header = headerOf(value);
    if (header === undefined) throw refused(NO_TOKEN);
    const { alg, kid } = header;
    if (!ALGORITHMS.includes(alg)) throw refused(OTHER_ALGORITHM);
    const candidates = (keys: readonly VerificationKey[]): readonly VerificationKey[] =>
      keys.filter((key) => fits(key, alg) && (kid === undefined || key.id === undefined || key.id === kid));
    const claims =
      (await this.#claims(value, candidates(this.#keys.known))) ??
      (await this.#claims(value, candidates((await this.#keys.refreshed(signal)) ?? [])));
    if (claims === undefined) throw refused("none of the issuer's keys has made its signature");
    const odd = oddClaim(claims);
    if (odd !== undefined) throw refused(`${odd} is not what it has to be`);
    return identityOf(claims, this.#mapping, endOf(claims) * 1000);
  }

  async close(): Promise<void> {
    this.#keys.close();
  }

  /** @returns undefined: none of these keys has made the signature */
  async #claims(token: string, keys: readonly VerificationKey[]): Promise<JWTPayload | undefined> {
    for (const { key } of keys) {
      try {
        return (await jwtVerify(token, key, this.#options)).payload;
      } catch (error) {
        // What is none of the library's own errors is about the key: another one may do.
        if (error instanceof errors.JOSEError && !(error instanceof errors.JWSSignatureVerificationFailed)) {
          throw refused(reasonOf(error));
        }
      }
    }
    return undefined;
  }
}

/** The second from which on a token does not count; the library has seen that its times are numbers. */
function endOf({ exp, nbf, iat }: JWTPayload): number {
  const now = Math.floor(Date.now() / 1000);
  if (iat !== undefined && iat > now + SKEW_SECONDS) throw refused("it was issued in the future");
  const begin = Math.max(iat ?? Number.NEGATIVE_INFINITY, nbf ?? Number.NEGATIVE_INFINITY);
  const end = (exp ?? begin + LIFE_SECONDS) + SKEW_SECONDS;
  if (end === Number.NEGATIVE_INFINITY) throw refused("it has none of exp, nbf and iat");
  if (end <= now) throw refused("it has expired");
  return end;
}

const NO_TOKEN = "it is no signed token";
const OTHER_ALGORITHM = "its algorithm is not accepted";
/** Words of our own: some of the library's quote the token. */
const REASONS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: "it has expired",
  ERR_JWT_INVALID: "it holds no claims that can be read",
  ERR_JWS_INVALID: NO_TOKEN,
  ERR_JOSE_NOT_SUPPORTED: "it wants what is not supported",
  ERR_JOSE_ALG_NOT_ALLOWED: OTHER_ALGORITHM,
};
/** Claims that the library checks. */
const CHECKED: ReadonlySet<string> = new Set(["iss", "sub", "aud", "exp", "nbf", "iat"]);

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTClaimValidationFailed && CHECKED.has(error.claim)) {
    return `${error.claim} is ${error.reason === "missing" ? "missing" : "not as it has to be"}`;
  }
  return REASONS[error.code] ?? "it cannot be verified";
}

function refused(reason: string): VexilError {
  return new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", `a token was refused: ${reason}`);
}
