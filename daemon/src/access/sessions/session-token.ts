import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import { VexilError } from "@vexil/plugin-api/errors";
import { CompactEncrypt, compactDecrypt } from "jose";
import type { Session } from "./session.js";

const compress = promisify(deflateRaw);
const expand = promisify(inflateRaw);

const HEADER = { alg: "dir", enc: "A256GCM", typ: "vexil-session" } as const;
const DECRYPTION = { keyManagementAlgorithms: [HEADER.alg], contentEncryptionAlgorithms: [HEADER.enc] };
/** Browsers keep cookies of 4096 bytes, name and attributes included (RFC 6265 §6.1). */
const MOST_CHARACTERS = 3800;
const MOST_BYTES = 1024 * 1024;

/**
 * A session as the cookie holds it: encrypted and authenticated (RFC 7516), readable by whoever has the key.
 * A session too long for a cookie goes without the provider's token, which only a logout at the provider wants.
 * @throws VexilError VEXIL_VALIDATION_REQUEST for what is too long all the same
 */
export async function sealed(session: Session, key: Uint8Array): Promise<string> {
  const whole = await seal(session, key);
  if (whole.length <= MOST_CHARACTERS) return whole;
  const { idToken: _, ...login } = session.login ?? {};
  const token = await seal({ ...session, login }, key);
  if (token.length <= MOST_CHARACTERS) return token;
  throw new VexilError(
    "VEXIL_VALIDATION_REQUEST",
    `the session would need a cookie of ${token.length} characters, and browsers keep ${MOST_CHARACTERS}; let the provider send fewer claims (groups, above all)`,
  );
}

async function seal(session: Session, key: Uint8Array): Promise<string> {
  const bytes = await compress(JSON.stringify(session), { level: 9 });
  return new CompactEncrypt(bytes).setProtectedHeader(HEADER).encrypt(key);
}

/** @returns undefined for what was not made with this key, or is no session */
export async function unsealed(token: string, key: Uint8Array): Promise<Session | undefined> {
  // Nothing but the direct use of a key has an empty second part.
  if (!/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(token, key, DECRYPTION);
    if (protectedHeader.typ !== HEADER.typ) return undefined;
    return JSON.parse((await expand(plaintext, { maxOutputLength: MOST_BYTES })).toString("utf8")) as Session;
  } catch {
    return undefined;
  }
}
