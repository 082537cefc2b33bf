import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify, type RemoteJWKSet } from "jose";

/** Seconds that the clocks of provider and daemon may differ. */
export const SKEW_S = 60;

/**
 * Verifies a token's signature and claims with the keys of its issuer.
 * @throws what jose throws
 */
export async function verifyToken(token: string, keys: RemoteJWKSet, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, { clockTolerance: SKEW_S, ...options })).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // Without a key's name in the token each key is tried.
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, { clockTolerance: SKEW_S, ...options })).payload;
      } catch (one) {
        if (!(one instanceof errors.JWSSignatureVerificationFailed)) throw one;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/**
 * Verifies a token that came from the provider itself, in exchange for a code: where no key fits, the provider has new
 * ones, which are asked for at once.
 */
export async function verifyFreshToken(
  token: string,
  keys: RemoteJWKSet,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return await verifyToken(token, keys, options);
  } catch (error) {
    const isStale = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
    if (!isStale) throw error;
    await keys.reload();
    return verifyToken(token, keys, options);
  }
}
