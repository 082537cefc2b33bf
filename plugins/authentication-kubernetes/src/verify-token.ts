import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { Cluster, ClusterKeys } from "./cluster-keys.js";

/** Algorithms with a public key: never `none`, never a shared secret. */
const ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA".split(" ");

/** The last time that a date can have. */
const LAST_MS = 8.64e15;

/** Seconds that the clocks of cluster and daemon may differ. */
const SKEW_S = 60;

/**
 * Verifies a service account's token by the keys of its cluster. The audience is not looked at.
 * @throws VexilError VEXIL_UNAVAILABLE_PROVIDER while there are no keys; what jose throws when it is not valid
 */
export async function verifyToken(token: string, clusterKeys: ClusterKeys): Promise<JWTPayload> {
  checkForm(token);
  try {
    return await verifyWith(token, await clusterKeys.current());
  } catch (error) {
    if (!isOfUnknownKey(error)) throw error;
    const cluster = await clusterKeys.again();
    if (cluster === undefined) throw error;
    return verifyWith(token, cluster);
  }
}

/** Refuses what no key could make valid, without asking for keys. */
function checkForm(token: string): void {
  const { alg } = decodeProtectedHeader(token);
  if (!ALGORITHMS.includes(alg ?? "")) throw new errors.JOSEAlgNotAllowed("the algorithm is not allowed");
  notEnded(decodeJwt(token));
}

async function verifyWith(token: string, { issuer, keys }: Cluster): Promise<JWTPayload> {
  const options = { issuer, algorithms: ALGORITHMS, clockTolerance: SKEW_S, requiredClaims: ["exp", "sub"] };
  try {
    return notEnded((await jwtVerify(token, keys, options)).payload);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // Without a key's name in the token each key is tried.
    for await (const key of error) {
      try {
        return notEnded((await jwtVerify(token, key, options)).payload);
      } catch (one) {
        if (!(one instanceof errors.JWSSignatureVerificationFailed)) throw one;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** The skew is for tokens that are new: one that has ended is of no use. */
function notEnded(payload: JWTPayload): JWTPayload {
  const endMs = typeof payload.exp === "number" ? payload.exp * 1_000 : 0;
  if (endMs > Date.now() && endMs <= LAST_MS) return payload;
  throw new errors.JWTExpired('"exp" claim timestamp check failed', payload, "exp", "check_failed");
}

function isOfUnknownKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}
