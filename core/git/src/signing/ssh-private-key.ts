import { createDecipheriv, createPrivateKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { VexilError } from "@vexil/plugin-api/errors";
import { pbkdf } from "bcrypt-pbkdf";
import { SshReader } from "./ssh-wire.js";

const OPENSSH = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/;
const MAGIC = "openssh-key-v1\0";

interface Cipher {
  readonly name: string;
  readonly keyBytes: number;
  readonly ivBytes: number;
  readonly tagBytes?: number;
}

const CIPHERS: Readonly<Record<string, Cipher>> = {
  "aes128-ctr": { name: "aes-128-ctr", keyBytes: 16, ivBytes: 16 },
  "aes192-ctr": { name: "aes-192-ctr", keyBytes: 24, ivBytes: 16 },
  "aes256-ctr": { name: "aes-256-ctr", keyBytes: 32, ivBytes: 16 },
  "aes128-cbc": { name: "aes-128-cbc", keyBytes: 16, ivBytes: 16 },
  "aes256-cbc": { name: "aes-256-cbc", keyBytes: 32, ivBytes: 16 },
  "aes128-gcm@openssh.com": { name: "aes-128-gcm", keyBytes: 16, ivBytes: 12, tagBytes: 16 },
  "aes256-gcm@openssh.com": { name: "aes-256-gcm", keyBytes: 32, ivBytes: 12, tagBytes: 16 },
};

const CURVES: Readonly<Record<string, string>> = { nistp256: "P-256", nistp384: "P-384", nistp521: "P-521" };

/**
 * Reads a private key: OpenSSH's own container (the file PROTOCOL.key of its sources), PEM or PKCS#8, encrypted or not.
 * Decrypting an OpenSSH container takes some tenths of a second, so it is done once.
 * @throws VexilError AUTH_KEY
 */
export function readPrivateKey(text: string, passphrase = ""): KeyObject {
  try {
    const container = OPENSSH.exec(text)?.[1];
    if (container !== undefined) return readContainer(Buffer.from(container, "base64"), passphrase);
    return createPrivateKey({ key: text, ...(passphrase === "" ? {} : { passphrase }) });
  } catch (error) {
    if (VexilError.is(error)) throw error;
    throw keyError(error instanceof Error ? error.message : String(error), error);
  }
}

function readContainer(bytes: Buffer, passphrase: string): KeyObject {
  const reader = new SshReader(bytes);
  if (reader.take(MAGIC.length).toString("latin1") !== MAGIC) throw keyError("it is no OpenSSH key");
  const cipher = reader.text();
  const kdf = reader.text();
  const kdfOptions = reader.string();
  if (reader.uint32() !== 1) throw keyError("it holds several keys");
  reader.string();
  const secret = reader.string();
  const plain = cipher === "none" ? secret : decrypt(cipher, kdf, kdfOptions, secret, reader.rest(), passphrase);
  return createPrivateKey({ key: readKey(new SshReader(plain)), format: "jwk" });
}

function decrypt(
  cipherName: string,
  kdf: string,
  kdfOptions: Buffer,
  secret: Buffer,
  tag: Buffer,
  passphrase: string,
): Buffer {
  const cipher = CIPHERS[cipherName];
  if (cipher === undefined || kdf !== "bcrypt") throw keyError(`its cipher ${cipherName} (${kdf}) is not supported`);
  if (passphrase === "") throw keyError("it is encrypted and no passphrase is given");
  const options = new SshReader(kdfOptions);
  const salt = options.string();
  const rounds = options.uint32();
  const derived = Buffer.alloc(cipher.keyBytes + cipher.ivBytes);
  const password = Buffer.from(passphrase);
  pbkdf(password, password.byteLength, salt, salt.byteLength, derived, derived.byteLength, rounds);
  const key = derived.subarray(0, cipher.keyBytes);
  const iv = derived.subarray(cipher.keyBytes);
  // node's types tell the modes apart by literal names; the table above holds both kinds.
  const decipher = createDecipheriv(cipher.name as "aes-256-gcm", key, iv);
  if (cipher.tagBytes === undefined) decipher.setAutoPadding(false);
  else decipher.setAuthTag(tag.subarray(0, cipher.tagBytes));
  try {
    return Buffer.concat([decipher.update(secret), decipher.final()]);
  } catch (error) {
    throw wrongPassphrase(error);
  }
}

function readKey(reader: SshReader): JsonWebKey {
  const checks = [reader.uint32(), reader.uint32()];
  if (checks[0] !== checks[1]) throw wrongPassphrase();
  const type = reader.text();
  if (type === "ssh-ed25519") {
    const x = reader.string();
    const d = reader.string().subarray(0, 32);
    return { kty: "OKP", crv: "Ed25519", x: base64url(x), d: base64url(d) };
  }
  if (type.startsWith("ecdsa-sha2-")) {
    const crv = CURVES[reader.text()];
    if (crv === undefined) throw keyError(`its type ${type} is not supported`);
    const point = reader.string();
    const size = (point.byteLength - 1) / 2;
    const d = unsigned(reader.string(), size);
    const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)];
    return { kty: "EC", crv, x: base64url(x), y: base64url(y), d: base64url(d) };
  }
  if (type === "ssh-rsa") {
    const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => unsigned(reader.string())) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    const parts = { n, e, d, p, q, qi, dp: remainder(d, p), dq: remainder(d, q) };
    return { kty: "RSA", ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, base64url(part)])) };
  }
  throw keyError(`its type ${type} is not supported (ed25519, ecdsa and rsa are)`);
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** An `mpint` without its sign byte, padded to `size`. */
function unsigned(bytes: Buffer, size = 0): Buffer {
  const significant = bytes[0] === 0 ? bytes.subarray(1) : bytes;
  return Buffer.concat([Buffer.alloc(Math.max(0, size - significant.byteLength)), significant]);
}

/** d mod (prime − 1), which the container leaves out and node wants. */
function remainder(d: Buffer, prime: Buffer): Buffer {
  const hex = (BigInt(`0x${d.toString("hex")}`) % (BigInt(`0x${prime.toString("hex")}`) - 1n)).toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

const wrongPassphrase = (cause?: unknown): VexilError => keyError("the passphrase is wrong", cause);

const keyError = (what: string, cause?: unknown): VexilError =>
  new VexilError("VEXIL_AUTH_KEY", `the private key cannot be used: ${what}`, { cause });
