import { boolean, duration, integer, later, secretText, text, word } from "@vexil/plugin-api/settings";
import { z } from "zod";
import type { BuildContext } from "../build-context.js";
import type { RedisConfig } from "../config.js";
import { configError } from "../config-error.js";

const PLACE = ["authentication", "session", "storage", "redis"] as const;
const ONE_CONNECTION = "One connection sends, and one listens.";
/** A time of 0 means the client's own. */
const TIMEOUT_MS = 2000;

/** `authentication.session.storage.redis`: the keys of the compatible system. */
export const sessionRedis = z
  .object({
    mode: word("single", "cluster").prefault("single"),
    host: text().prefault("localhost"),
    port: integer(1, 65_535).prefault(6379),
    db: integer(0, 65_535).prefault(0),
    username: text().optional(),
    password: secretText().optional(),
    require_tls: boolean().prefault(false).describe("Speak TLS."),
    ca_cert_path: text().optional().describe("PEM file with an authority that counts beside the system's."),
    ca_cert_bytes: text().optional().describe("The same as text."),
    insecure_skip_tls: boolean().prefault(false).describe("Do not check the certificate."),
    prefix: text().prefault("flipt").describe("Of the keys. Installations with another csrf.key never share any."),
    net_timeout: duration().prefault("2s").describe("Time for an answer."),
    pool_size: later(ONE_CONNECTION),
    min_idle_conn: later(ONE_CONNECTION),
    conn_max_idle_time: later(ONE_CONNECTION),
  })
  .prefault({})
  .describe("Where daemons with the same csrf.key tell each other which sessions were ended.");

type RedisSection = z.output<typeof sessionRedis>;

export function checkSessionRedis({
  ca_cert_path: path,
  ca_cert_bytes: bytes,
  net_timeout: timeout,
}: RedisSection): void {
  if (path && bytes) {
    throw configError(
      "authentication: session_storage please provide exclusively one of ca_cert_bytes or ca_cert_path",
      undefined,
      [...PLACE, "ca_cert_path"],
    );
  }
  if (timeout !== 0 && (timeout < 1 || timeout > 60_000)) {
    throw configError("authentication: session_storage net_timeout must be from 1ms to 1m", undefined, [
      ...PLACE,
      "net_timeout",
    ]);
  }
}

export function redisConfig(section: RedisSection, { resolvePath }: Pick<BuildContext, "resolvePath">): RedisConfig {
  const { ca_cert_path: path, ca_cert_bytes: bytes } = section;
  return {
    isCluster: section.mode === "cluster",
    host: section.host,
    port: section.port,
    database: section.db,
    username: section.username || undefined,
    password: section.password?.reveal() ? section.password : undefined,
    tls: section.require_tls
      ? { caPath: path ? resolvePath(path) : undefined, ca: bytes || undefined, isUnchecked: section.insecure_skip_tls }
      : undefined,
    prefix: section.prefix,
    timeoutMs: section.net_timeout || TIMEOUT_MS,
  };
}
