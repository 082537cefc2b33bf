import type { KeyObject } from "node:crypto";
import { sshString, uint32 } from "./ssh-string.js";

const MAGIC = Buffer.from("openssh-key-v1\0", "latin1");

/** Tells whether the private part of an OpenSSH key file is encrypted (openssh, PROTOCOL.key). */
export function isEncryptedContainer(pem: string): boolean {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
  const start = MAGIC.length + 4;
  if (bytes.length < start || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return false;
  return bytes.toString("latin1", start, start + bytes.readUInt32BE(MAGIC.length)) !== "none";
}

/** An ed25519 key as an unencrypted OpenSSH key file: the one container for it that ssh2 reads. */
export function openSshEd25519(key: KeyObject): string {
  const { d, x } = key.export({ format: "jwk" });
  const seed = Buffer.from(d ?? "", "base64url");
  const publicKey = Buffer.from(x ?? "", "base64url");
  const type = sshString("ssh-ed25519");
  const unpadded = Buffer.concat([
    Buffer.alloc(8), // two equal check words
    type,
    sshString(publicKey),
    sshString(Buffer.concat([seed, publicKey])),
    sshString(Buffer.alloc(0)),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (unpadded.length % 8)) % 8 }, (_, index) => index + 1));
  const none = sshString("none");
  const container = Buffer.concat([
    MAGIC,
    none,
    none,
    sshString(Buffer.alloc(0)),
    uint32(1),
    sshString(Buffer.concat([type, sshString(publicKey)])),
    sshString(Buffer.concat([unpadded, padding])),
  ]);
  const lines = container.toString("base64").replace(/.{70}/g, "$&\n").trimEnd();
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
}
