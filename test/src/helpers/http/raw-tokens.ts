import { constants, type KeyObject, sign } from "node:crypto";

/** A credential that must not be accepted: the value of `Authorization` or of `Cookie`. */
export interface HostileToken {
  readonly what: string;
  readonly authorization?: string;
  readonly cookie?: string;
}

/** A token before it is signed. What is a text or bytes stands there as it is, anything else as JSON. */
export interface RawToken {
  readonly header: unknown;
  readonly payload: unknown;
}

export const encoded = (value: unknown): string => bytesOf(value).toString("base64url");

function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}

/** Signs with a private key as the algorithm says, whatever header and payload hold. */
export function signedRaw(key: KeyObject, algorithm: string, { header, payload }: RawToken): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${signature(key, algorithm, input).toString("base64url")}`;
}

/** A signature in the form of JOSE (RFC 7518 §3, RFC 8037). */
export function signature(key: KeyObject, algorithm: string, input: string | Buffer): Buffer {
  const bytes = Buffer.from(input);
  const digest = algorithm === "EdDSA" ? null : `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith("PS")) {
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    return sign(digest, bytes, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
  }
  return algorithm.startsWith("ES")
    ? sign(digest, bytes, { key, dsaEncoding: "ieee-p1363" })
    : sign(digest, bytes, key);
}
