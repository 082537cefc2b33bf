import { createHmac, timingSafeEqual } from "node:crypto";

/** One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHostLine {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly marker: "cert-authority" | "revoked" | undefined;
  readonly hosts: string;
  /** Key type, such as `ssh-ed25519`. */
  readonly type: string;
  /** The key in ssh's wire format. */
  readonly key: Buffer;
}

/** Reads the text of a known_hosts file. Lines that are none are skipped, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): readonly KnownHostLine[] {
  const lines: KnownHostLine[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const words = raw.trim().split(/[ \t]+/);
    if (words[0] === "" || words[0]?.startsWith("#")) continue;
    const marker = words[0]?.startsWith("@") ? words.shift()?.slice(1) : undefined;
    if (marker !== undefined && marker !== "cert-authority" && marker !== "revoked") continue;
    const [hosts, type, encoded] = words;
    if (hosts === undefined || type === undefined || encoded === undefined) continue;
    const key = Buffer.from(encoded, "base64");
    if (keyType(key) !== type) continue;
    lines.push({ file, line: index + 1, marker, hosts, type, key });
  }
  return lines;
}

/** The type that a key in ssh's wire format names (RFC 4253 §6.6). */
export function keyType(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const end = 4 + key.readUInt32BE(0);
  return end <= key.length ? key.toString("latin1", 4, end) : undefined;
}

/** Tells whether a line speaks of a host, named as {@link hostLabel} does. */
export function matchesHost(line: KnownHostLine, label: string): boolean {
  if (line.hosts.startsWith("|")) return matchesHashed(line.hosts, label);
  let matched = false;
  for (const pattern of line.hosts.toLowerCase().split(",")) {
    const negated = pattern.startsWith("!");
    if (!matchesWildcard(negated ? pattern.slice(1) : pattern, label)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** `|1|salt|HMAC-SHA1(salt, host)`, both in base64 (ssh-keygen -H). */
function matchesHashed(hosts: string, label: string): boolean {
  const [, version, salt, hash] = hosts.split("|");
  if (version !== "1" || salt === undefined || hash === undefined) return false;
  const expected = createHmac("sha1", Buffer.from(salt, "base64")).update(label).digest();
  const actual = Buffer.from(hash, "base64");
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** `*` is any run of characters, `?` any one; all else is literal, brackets too (ssh_config(5), PATTERNS). */
function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
