import { accessSync } from "node:fs";
import { boolean, duration, integer, later, list, text, unitHint } from "@vexil/plugin-api/settings";
import { z } from "zod";
import type { ServerConfig } from "../config.js";
import { configError } from "../config-error.js";
import { networkOf } from "../network.js";
import { API_PATHS, PAGE_PATHS } from "../own-paths.js";
import { limits } from "./limits.js";
import { LONGEST_TIMEOUT_MS } from "./longest-timeout.js";

const NO_GRPC = "gRPC is not served.";

/** Where the daemon listens. */
export const serverAddress = z.object({
  protocol: text().prefault("http").describe("http or https."),
  host: text().prefault("0.0.0.0").describe("Address to listen on. Without any configuration: 127.0.0.1."),
  http_port: integer(0, 65_535).prefault(8080),
  https_port: integer(0, 65_535).prefault(443),
  cert_file: text().optional().describe("PEM file with the certificate, for https."),
  admin: z
    .object({
      host: text().prefault("127.0.0.1").describe("Address to listen on."),
      http_port: integer(0, 65_535).optional(),
    })
    .optional()
    .describe("Where /metrics, /health… and /api/status are answered instead."),
});

/** Host and port of `server.admin`. */
export function adminAddress({ admin }: z.output<typeof serverAddress>): ServerConfig["admin"] {
  return admin && { host: admin.host, port: admin.http_port ?? 0 };
}

const hsts = z
  .object({
    enabled: boolean().prefault(true),
    max_age: duration().prefault("8760h").describe("How long browsers come by https alone."),
    include_subdomains: boolean().prefault(false),
  })
  .prefault({});

/** Value of the header; undefined: it is not to be sent. */
export function strictTransport({ enabled, ...rules }: z.output<typeof hsts>): string | undefined {
  if (!enabled) return undefined;
  return `max-age=${Math.round(rules.max_age / 1000)}${rules.include_subdomains ? "; includeSubDomains" : ""}`;
}

export const server = serverAddress
  .extend({
    cert_key: text().optional().describe("PEM file with its key."),
    client_ca_file: text()
      .optional()
      .describe("PEM file with the authorities of clients' certificates, for https: clients are asked for one."),
    client_auth: text().prefault("require").describe("require: only with a certificate. request: it may be left out."),
    hsts: hsts.describe("Strict-Transport-Security on answers over https."),
    allowed_hosts: list()
      .prefault([])
      .describe("Names that Host may have beside loopback ones, when a loopback address is listened on."),
    base_path: text()
      .prefault("")
      .describe("Path below which a reverse proxy shows the daemon (/flags), whether or not it leaves it in requests."),
    workers: integer(1, 256).optional().describe("Processes that answer reads. Default: the cores, at most 4."),
    write_queue: integer(1, 1_000_000).prefault(500).describe("Writes that wait at most; more are answered with 429."),
    shutdown_timeout: duration().prefault("30s").describe("What is left of a stop after this is cut."),
    limits: limits.describe("What clients may ask for; more is refused with 413 or 429."),
    trusted_proxies: list()
      .prefault([])
      .describe("Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For names the client."),
    git: z
      .object({ enabled: boolean().prefault(true).describe("Whether git clients may clone and fetch from it.") })
      .prefault({})
      .describe("Storages at /git/<storage>, for reading."),
    grpc_port: later(NO_GRPC),
    grpc_conn_max_idle_time: later(NO_GRPC),
    grpc_conn_max_age: later(NO_GRPC),
    grpc_conn_max_age_grace: later(NO_GRPC),
  })
  .prefault({});

export type ServerSection = z.output<typeof server>;

/** A host name or address as `Host` names it, with a port or for any. */
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::\d{1,5})?$/i;

/** Plain names between slashes: it stands in pages and in cookies. */
const BASE_PATH = /^(?:\/[\w.~-]+)*\/?$/;

/** `server.base_path` without a slash at its end. @throws VexilError VEXIL_VALIDATION_CONFIG */
export function basePath({ base_path: path }: ServerSection): string {
  const segments = path.split("/");
  if (!BASE_PATH.test(path) || segments.includes("..") || segments.includes(".")) {
    throw configError(`server: base_path: "${path}" is no path such as /flags`, undefined, ["server", "base_path"]);
  }
  // Whether a proxy has taken it off would not be seen from such a path.
  const [, first = ""] = segments;
  if (API_PATHS.has(first) || PAGE_PATHS.has(first)) {
    throw configError(
      `server: base_path: "${path}" begins as paths of the daemon do; choose another, such as /flags`,
      undefined,
      ["server", "base_path"],
    );
  }
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Rules for addresses, certificates and limits of the server. @throws VexilError VEXIL_VALIDATION_CONFIG */
export function checkServer(section: ServerSection, resolvePath: (path: string) => string): void {
  const timeout = section.shutdown_timeout;
  const path = ["server", "shutdown_timeout"];
  if (timeout < 0) throw configError("server: shutdown_timeout must not be negative", undefined, path);
  if (timeout > 0 && timeout < 1) {
    throw configError(`server: shutdown_timeout must be at least 1ms${unitHint(timeout)}`, undefined, path);
  }
  if (timeout > LONGEST_TIMEOUT_MS) throw configError("server: shutdown_timeout must be at most 48h", undefined, path);
  for (const entry of section.trusted_proxies) {
    if (networkOf(entry) === undefined) {
      throw configError(`server.trusted_proxies: "${entry}" is neither an address nor a network such as 10.0.0.0/8`);
    }
  }
  // A reference is resolved later.
  const odd = section.allowed_hosts.find((entry) => !HOST.test(entry) && !entry.includes("${"));
  if (odd !== undefined) {
    throw configError(
      `server: allowed_hosts: "${odd}" is no host name; write it as flags.example.com or flags.example.com:8443`,
    );
  }
  if (section.admin !== undefined && section.admin.http_port === undefined) {
    throw configError("server: admin.http_port non-empty value is required");
  }
  checkClientCertificates(section);
  if (section.hsts.max_age < 0) throw configError("server: hsts.max_age must not be negative");
  if (section.protocol !== "https") return;
  for (const key of ["cert_file", "cert_key", "client_ca_file"] as const) {
    const path = section[key];
    if (key === "client_ca_file" && path === undefined) continue;
    if (!path) throw configError(`server: ${key} non-empty value is required`, undefined, ["server", key]);
    try {
      accessSync(resolvePath(path));
    } catch (error) {
      const reason =
        (error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file or directory" : "cannot be read";
      throw configError(`server: ${key} stat ${path}: ${reason}`, error);
    }
  }
}

const CLIENT_AUTH: readonly string[] = ["require", "request"];

/** Where certificates are asked for, callers rely on it: what would silently ask for none is refused. */
function checkClientCertificates({ client_auth: auth, client_ca_file: file, protocol }: ServerSection): void {
  if (!CLIENT_AUTH.includes(auth)) {
    throw configError(`server: client_auth: "${auth}" is neither require nor request`, undefined, [
      "server",
      "client_auth",
    ]);
  }
  if (file !== undefined && protocol !== "https") {
    throw configError("server: client_ca_file needs protocol https", undefined, ["server", "client_ca_file"]);
  }
}
