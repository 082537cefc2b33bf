import { createHash } from "node:crypto";
import { VexilError } from "@vexil/plugin-api";
import type { HostKeyVerdict } from "./host-key-policy.js";
import { keyType } from "./known-hosts.js";
import { hostLabel } from "./ssh-url.js";

/** As ssh-keygen prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/**
 * Why a host key is refused: with its fingerprint, the file and line that disagrees and the line that would accept it.
 * @param places the known_hosts files that were looked at, in order
 */
export function hostKeyError(
  verdict: Exclude<HostKeyVerdict, { readonly type: "known" }>,
  server: { readonly host: string; readonly port: number; readonly key: Buffer },
  places: readonly string[],
): VexilError {
  const label = hostLabel(server.host, server.port);
  const type = keyType(server.key) ?? "unknown type";
  const seen = `${type} ${fingerprint(server.key)}`;
  const line = `${label} ${type} ${server.key.toString("base64")}`;
  const at = "line" in verdict ? `${verdict.line.file}:${verdict.line.line}` : "";
  const details = {
    step: "host-key",
    host: server.host,
    port: server.port,
    fingerprint: fingerprint(server.key),
    known_hosts_line: line,
    ...("line" in verdict ? { file: verdict.line.file, line: verdict.line.line } : {}),
  } as const;
  switch (verdict.type) {
    case "unknown":
      return new VexilError(
        "VEXIL_AUTH_HOST_KEY_UNKNOWN",
        `${label} shows host key ${seen}, which is not in ${places.join(", ")}; if the fingerprint is the server's, add this line: ${line}`,
        { details },
      );
    case "changed":
      return new VexilError(
        "VEXIL_AUTH_HOST_KEY_CHANGED",
        `${label} shows host key ${seen}, but ${at} has ${verdict.line.type} ${fingerprint(verdict.line.key)}: somebody may stand between; if the server's key was changed on purpose, replace that line by: ${line}`,
        { details },
      );
    case "revoked":
      return new VexilError(
        "VEXIL_AUTH_HOST_KEY_REVOKED",
        `${label} shows host key ${seen}, which ${at} marks as revoked; the server needs a new key`,
        { details },
      );
    case "certificate":
      return new VexilError(
        "VEXIL_AUTH_HOST_KEY_CERTIFICATE",
        `${at} trusts ${label} by a certificate authority, which is not supported; it shows host key ${seen}; if the fingerprint is the server's, add this line: ${line}`,
        { details },
      );
    default:
      return verdict satisfies never;
  }
}
