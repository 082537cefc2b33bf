import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";
import { VexilError } from "@vexil/plugin-api/errors";
import { readPrivateKey } from "./ssh-private-key.js";
import { sshInteger, sshString } from "./ssh-wire.js";

/** Signs a commit's payload; the result is the value of its `gpgsig` header. */
export type SignCommit = (payload: string) => Promise<string>;

const MAGIC = "SSHSIG";
/**
 * Purpose of git's signatures of commits and tags; one for another purpose does not verify (git-config(1),
 * gpg.format).
 */
const NAMESPACE = "git";
const HASH = "sha512";
const LINE = 70;

const CURVES: Readonly<Record<string, { readonly name: string; readonly hash: string }>> = {
  "P-256": { name: "nistp256", hash: "sha256" },
  "P-384": { name: "nistp384", hash: "sha384" },
  "P-521": { name: "nistp521", hash: "sha512" },
};

/**
 * A signer by an ssh key, as `git commit -S` with `gpg.format=ssh` makes them (the file PROTOCOL.sshsig of OpenSSH).
 * @param privateKey OpenSSH container, PEM or PKCS#8: ed25519, ecdsa or rsa
 * @throws VexilError AUTH_KEY
 */
export function createSshSigner(privateKey: string, passphrase = ""): SignCommit {
  const key = readPrivateKey(privateKey, passphrase);
  const algorithm = algorithmOf(key);
  return async (payload) => armour(signature(algorithm, payload));
}

interface SshAlgorithm {
  readonly publicKey: Buffer;
  readonly name: string;
  sign(data: Buffer): Buffer;
}

function signature(algorithm: SshAlgorithm, payload: string): Buffer {
  const hash = createHash(HASH).update(payload).digest();
  const purpose = [sshString(NAMESPACE), sshString(""), sshString(HASH)];
  const signed = algorithm.sign(Buffer.concat([Buffer.from(MAGIC), ...purpose, sshString(hash)]));
  return Buffer.concat([
    Buffer.from(MAGIC),
    Buffer.of(0, 0, 0, 1),
    sshString(algorithm.publicKey),
    ...purpose,
    sshString(Buffer.concat([sshString(algorithm.name), sshString(signed)])),
  ]);
}

function algorithmOf(key: KeyObject): SshAlgorithm {
  const jwk = createPublicKey(key).export({ format: "jwk" });
  const part = (name: "x" | "y" | "n" | "e"): Buffer => Buffer.from(jwk[name] ?? "", "base64url");
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") {
    const name = "ssh-ed25519";
    const publicKey = Buffer.concat([sshString(name), sshString(part("x"))]);
    return { name, publicKey, sign: (data) => sign(null, data, key) };
  }
  if (jwk.kty === "RSA") {
    const publicKey = Buffer.concat([sshString("ssh-rsa"), sshInteger(part("e")), sshInteger(part("n"))]);
    return { name: "rsa-sha2-512", publicKey, sign: (data) => sign("sha512", data, key) };
  }
  const curve = jwk.kty === "EC" ? CURVES[jwk.crv ?? ""] : undefined;
  if (curve === undefined) {
    const what = `its type ${key.asymmetricKeyType} is not supported (ed25519, ecdsa and rsa are)`;
    throw new VexilError("VEXIL_AUTH_KEY", `the private key cannot be used: ${what}`);
  }
  const name = `ecdsa-sha2-${curve.name}`;
  const point = Buffer.concat([Buffer.of(4), part("x"), part("y")]);
  const publicKey = Buffer.concat([sshString(name), sshString(curve.name), sshString(point)]);
  return {
    name,
    publicKey,
    sign: (data) => {
      const both = sign(curve.hash, data, { key, dsaEncoding: "ieee-p1363" });
      const half = both.byteLength / 2;
      return Buffer.concat([sshInteger(both.subarray(0, half)), sshInteger(both.subarray(half))]);
    },
  };
}

function armour(blob: Buffer): string {
  const lines = blob.toString("base64").match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----"].join("\n");
}
