import { decodeProtectedHeader } from "jose";

/** Three parts in base64url, without padding (RFC 7515 §2, §7.1). */
const FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Members of the header that say which key made a signature, and how. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid: string | undefined;
}

/**
 * The header of a signed token that is written as it has to be. The library also reads padding, blanks, the other
 * alphabet and bits that say nothing: one token would have many texts.
 * @returns undefined if it is none
 */
export function headerOf(token: string): TokenHeader | undefined {
  if (!FORM.test(token)) return undefined;
  const signature = token.slice(token.lastIndexOf(".") + 1);
  if (Buffer.from(signature, "base64url").toString("base64url") !== signature) return undefined;
  try {
    const { alg, kid, b64 } = decodeProtectedHeader(token) as Readonly<Record<string, unknown>>;
    const isName = kid === undefined || typeof kid === "string";
    // Claims are always encoded (RFC 7797 §7).
    return isName && b64 !== false ? { alg: String(alg), kid } : undefined;
  } catch {
    return undefined;
  }
}
