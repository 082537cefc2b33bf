import { type KnownHostLine, matchesHost } from "./known-hosts.js";
import { hostLabel } from "./ssh-url.js";

/** Verdict of known_hosts on the key that a server showed. */
export type HostKeyVerdict =
  | { readonly type: "known"; readonly line: KnownHostLine }
  | { readonly type: "changed"; readonly line: KnownHostLine }
  | { readonly type: "revoked"; readonly line: KnownHostLine }
  | { readonly type: "certificate"; readonly line: KnownHostLine }
  | { readonly type: "unknown" };

/** Signature algorithms for host keys, best first. Those with SHA-1 (`ssh-rsa`, `ssh-dss`) are not among them. */
const ALGORITHMS: readonly string[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/** Judges the key that a server showed. Revocation wins over all; a key that is on file over one that is not. */
export function judgeHostKey(lines: readonly KnownHostLine[], host: string, port: number, key: Buffer): HostKeyVerdict {
  const labels = new Set([hostLabel(host, port), host]);
  const same = (line: KnownHostLine): boolean => line.key.equals(key);
  const revoked = lines.find(
    (line) => line.marker === "revoked" && same(line) && [...labels].some((label) => matchesHost(line, label)),
  );
  if (revoked !== undefined) return { type: "revoked", line: revoked };
  const plain = plainLines(lines, host, port);
  const known = plain.find(same);
  if (known !== undefined) return { type: "known", line: known };
  const [changed] = plain;
  if (changed !== undefined) return { type: "changed", line: changed };
  const authority = lines.find((line) => line.marker === "cert-authority" && matchesHost(line, hostLabel(host, port)));
  return authority === undefined ? { type: "unknown" } : { type: "certificate", line: authority };
}

/**
 * The signature algorithms to offer, those of keys on file first: a server that has several keys then shows the one
 * that can be checked.
 */
export function hostKeyAlgorithms(lines: readonly KnownHostLine[], host: string, port: number): readonly string[] {
  const types = new Set(plainLines(lines, host, port).map((line) => line.type));
  const onFile = (algorithm: string): boolean => types.has(algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm);
  return [...ALGORITHMS.filter(onFile), ...ALGORITHMS.filter((algorithm) => !onFile(algorithm))];
}

/**
 * Lines that state keys of the host. On another port than 22, lines of the bare host count where none names the port,
 * as in OpenSSH.
 */
function plainLines(lines: readonly KnownHostLine[], host: string, port: number): readonly KnownHostLine[] {
  const of = (label: string): readonly KnownHostLine[] =>
    lines.filter((line) => line.marker === undefined && matchesHost(line, label));
  const exact = of(hostLabel(host, port));
  return exact.length > 0 || port === 22 ? exact : of(host);
}
