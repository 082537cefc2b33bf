import { exportJWK, generateKeyPair, type JWK } from "jose";

/** Keys of all issuers in this process: making one takes a second on a busy machine. */
const KEYS: Promise<JWK>[] = [];

/**
 * A private key under a name that no other has.
 * @param turn number of the key among those of one issuer
 */
export async function rsaKey(turn: number): Promise<JWK> {
  KEYS[turn] ??= generateKeyPair("RS256", { extractable: true }).then(({ privateKey }) => exportJWK(privateKey));
  return { ...(await KEYS[turn]), kid: crypto.randomUUID(), use: "sig", alg: "RS256" };
}
