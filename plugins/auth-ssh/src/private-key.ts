import { createPrivateKey, type KeyObject } from "node:crypto";
import { VexilError } from "@vexil/plugin-api";
import ssh2, { type ParsedKey } from "ssh2";
import { decryptKey } from "./decrypt-key.js";
import { isEncryptedContainer, openSshEd25519 } from "./openssh-container.js";

/** How messages name the place a key came from. */
export interface KeySource {
  readonly credential: string | undefined;
  /** Undefined: the key's bytes stand in the configuration. */
  readonly path: string | undefined;
  /** The setting of the key's bytes, and of its passphrase; undefined: there is none, so the key must not be encrypted. */
  readonly settings?: { readonly bytes: string; readonly passphrase: string | undefined };
}

const SETTINGS = { bytes: "private_key_bytes", passphrase: "ssh.password" };

/**
 * Reads a private key: OpenSSH's container, PEM (PKCS#1, SEC1) or PKCS#8, encrypted or not.
 * @throws VexilError VEXIL_AUTH_KEY, which tells a wrong passphrase from a missing one and from what is no key
 */
export async function parsePrivateKey(text: string, passphrase: string, source: KeySource): Promise<ParsedKey> {
  const pem = text.replace(/\r\n?/g, "\n").trim();
  const native = pem.startsWith("-----BEGIN OPENSSH PRIVATE KEY-----");
  const encrypted = native ? isEncryptedContainer(pem) : /^(-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED)/m.test(pem);
  const { settings = SETTINGS } = source;
  const where = source.path ?? settings.bytes;
  if (encrypted && passphrase === "") {
    const { passphrase: setting } = settings;
    const advice = setting === undefined ? "use one without a passphrase" : `give its passphrase as ${setting}`;
    throw keyError(`the private key in ${where} is encrypted; ${advice}`, source);
  }
  const opened = native && encrypted ? await decryptKey({ text: pem, passphrase }) : pem;
  const key = native && !encrypted ? parseNative(pem) : parseNative(toNative(opened, passphrase));
  if (key !== undefined) return key;
  throw keyError(
    encrypted
      ? `the passphrase in ssh.password does not open the private key in ${where}`
      : `${where} holds no private key of a kind that is supported (ed25519, ecdsa or rsa, as OpenSSH, PEM or PKCS#8)`,
    source,
  );
}

function parseNative(text: string | undefined): ParsedKey | undefined {
  if (text === undefined) return undefined;
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error || !key.isPrivateKey() || key.type === "ssh-dss") return undefined;
  return key;
}

/** Converts through OpenSSL what ssh2 does not read (PKCS#8, newer ciphers) to a form that it does. */
function toNative(pem: string | undefined, passphrase: string): string | undefined {
  if (pem === undefined) return undefined;
  try {
    const key = createPrivateKey({ key: pem, format: "pem", passphrase });
    return exportNative(key);
  } catch {
    return undefined; // OpenSSL's reasons differ by version; whether it was encrypted says enough
  }
}

function exportNative(key: KeyObject): string | undefined {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return key.export({ format: "pem", type: "pkcs1" }).toString();
    case "ec":
      return key.export({ format: "pem", type: "sec1" }).toString();
    case "ed25519":
      return openSshEd25519(key);
    default:
      return undefined;
  }
}

function keyError(message: string, source: KeySource): VexilError {
  return new VexilError("VEXIL_AUTH_KEY", message, {
    details: {
      step: "auth",
      ...(source.credential === undefined ? {} : { credential: source.credential }),
      ...(source.path === undefined ? {} : { file: source.path }),
    },
  });
}
