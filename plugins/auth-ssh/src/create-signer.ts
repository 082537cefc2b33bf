import { createHash } from "node:crypto";
import { type SignCommit, VexilError } from "@vexil/plugin-api";
import type { ParsedKey } from "ssh2";
import { parsePrivateKey } from "./private-key.js";
import { sshString } from "./ssh-string.js";

const MAGIC = Buffer.from("SSHSIG");
/** Purpose of git's signatures of commits and tags; one for another purpose does not verify (git-config(1), gpg.format). */
const NAMESPACE = "git";
const HASH = "sha512";
const LINE = /.{1,70}/g;

/**
 * Makes signatures as `git commit -S` with `gpg.format=ssh` does (the file PROTOCOL.sshsig of OpenSSH).
 * @throws VexilError VEXIL_AUTH_KEY
 */
export async function createSigner(privateKey: string): Promise<SignCommit> {
  const key = await parsePrivateKey(privateKey, "", {
    credential: undefined,
    path: undefined,
    settings: { bytes: "signature.key_path or key_ref", passphrase: undefined },
  });
  return async (payload) => {
    const lines = sign(key, payload).toString("base64").match(LINE) ?? [];
    return ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----"].join("\n");
  };
}

function sign(key: ParsedKey, payload: string): Buffer {
  const purpose = Buffer.concat([sshString(NAMESPACE), sshString(""), sshString(HASH)]);
  const digest = createHash(HASH).update(payload).digest();
  // RSA would be signed with SHA-1 unless told; the others have a digest of their own.
  const algorithm = key.type === "ssh-rsa" ? "rsa-sha2-512" : key.type;
  const data = Buffer.concat([MAGIC, purpose, sshString(digest)]);
  const signed: Buffer | Error = key.sign(data, key.type === "ssh-rsa" ? HASH : undefined);
  if (signed instanceof Error) {
    throw new VexilError("VEXIL_AUTH_KEY", "the signature's private key cannot sign", { cause: signed });
  }
  const signature = key.type.startsWith("ecdsa-") ? ecdsaSignature(signed) : signed;
  return Buffer.concat([
    MAGIC,
    Buffer.of(0, 0, 0, 1),
    sshString(key.getPublicSSH()),
    purpose,
    sshString(Buffer.concat([sshString(algorithm), sshString(signature)])),
  ]);
}

/** The two integers of an ECDSA signature, in ASN.1 (RFC 3279 §2.2.3) and for ssh (RFC 5656 §3.1.2): only lengths differ. */
function ecdsaSignature(der: Buffer): Buffer {
  // A sequence of 128 bytes and more, as P-521 makes, has its length in a byte of its own.
  const start = der.readUInt8(1) > 127 ? 3 : 2;
  const second = start + 2 + der.readUInt8(start + 1);
  return Buffer.concat([sshString(der.subarray(start + 2, second)), sshString(der.subarray(second + 2))]);
}
