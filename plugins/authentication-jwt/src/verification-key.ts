import { createPublicKey, type KeyObject } from "node:crypto";

/** Algorithms of signatures that are accepted, and the kind of key that each needs. */
const KINDS: Readonly<Record<string, string>> = {
  RS256: "rsa",
  RS384: "rsa",
  RS512: "rsa",
  PS256: "rsa",
  PS384: "rsa",
  PS512: "rsa",
  ES256: "prime256v1",
  ES384: "secp384r1",
  ES512: "secp521r1",
  EdDSA: "ed25519",
};

export const ALGORITHMS: readonly string[] = Object.keys(KINDS);

/** A public key that signatures are verified with. */
export interface VerificationKey {
  readonly key: KeyObject;
  /** `kid` in the set that it came with. */
  readonly id: string | undefined;
  /** `rsa`, or the curve. */
  readonly kind: string;
  /** The only algorithm it is for; undefined: any that fits. */
  readonly algorithm: string | undefined;
}

/** Tells whether a key can have made a signature of this algorithm. */
export function fits({ kind, algorithm }: VerificationKey, wanted: string): boolean {
  return Object.hasOwn(KINDS, wanted) && KINDS[wanted] === kind && (algorithm === undefined || algorithm === wanted);
}

/** Tells whether two sets verify the same signatures, whatever their order. */
export function sameKeys(one: readonly VerificationKey[], other: readonly VerificationKey[]): boolean {
  const texts = (keys: readonly VerificationKey[]): string =>
    JSON.stringify(
      keys.map(({ key, id, algorithm }) => JSON.stringify([key.export({ format: "jwk" }), id, algorithm])).sort(),
    );
  return texts(one) === texts(other);
}

/** Bits of an RSA key that is long enough (RFC 7518 §3.3). */
const RSA_BITS = 2048;

/** @returns undefined for keys of kinds that no accepted algorithm uses, and for such that are too short */
export function verificationKey(key: KeyObject, id?: string, algorithm?: string): VerificationKey | undefined {
  if (key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) < RSA_BITS) return undefined;
  const kind = key.asymmetricKeyType === "ec" ? key.asymmetricKeyDetails?.namedCurve : key.asymmetricKeyType;
  return kind !== undefined && Object.values(KINDS).includes(kind) ? { key, id, kind, algorithm } : undefined;
}

/** Members that make a public key (RFC 7518 §6, RFC 8037); whatever else is there is not looked at. */
const PUBLIC = ["kty", "crv", "x", "y", "n", "e"] as const;

/** The usable keys of a set (RFC 7517); others are left out. */
export function keysOf(document: unknown): readonly VerificationKey[] {
  const { keys } = (document ?? {}) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) return [];
  return keys.flatMap((entry: unknown) => {
    const key = usableKey(entry);
    return key === undefined ? [] : [key];
  });
}

function usableKey(entry: unknown): VerificationKey | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const jwk = entry as Readonly<Record<string, unknown>>;
  const { kid, use, alg, key_ops: operations } = jwk;
  if (use !== undefined && use !== "sig") return undefined;
  if (Array.isArray(operations) && !operations.includes("verify")) return undefined;
  try {
    const key = createPublicKey({
      key: Object.fromEntries(PUBLIC.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]]))),
      format: "jwk",
    });
    return verificationKey(key, typeof kid === "string" ? kid : undefined, typeof alg === "string" ? alg : undefined);
  } catch {
    return undefined;
  }
}
