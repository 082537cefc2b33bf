import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { createClient } from "@redis/client";
import { currentValue, type Logger, VexilError } from "@vexil/plugin-api";
import type { Settings } from "./settings.js";

type RedisOptions = NonNullable<Parameters<typeof createClient>[0]>;

/** Time that a new connection may take, login included. */
export const CONNECT_MS = 4_000;

/** Where the server is, for users: host, port, database; never the password. */
export function displayOf(settings: Settings): string {
  const url = new URL(settings.url);
  return `${url.hostname}:${portOf(url)}/${databaseOf(settings)}`;
}

/**
 * Makes the client's options from the settings; files are read as they are now, so that a password can change.
 * @throws VexilError VEXIL_VALIDATION_CONFIG when a certificate cannot be read
 */
export async function connectionOptions(settings: Settings, logger: Logger): Promise<RedisOptions> {
  const url = new URL(settings.url);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const { username, password } = settings;
  return {
    RESP: 2,
    maintNotifications: "disabled",
    disableOfflineQueue: true,
    // Of no consequence where the user may not say it, unlike a name.
    clientInfoTag: "vexil",
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: await currentValue(password, { refresh: false, logger }) }),
    database: databaseOf(settings),
    socket: {
      host,
      port: portOf(url),
      connectTimeout: CONNECT_MS,
      // What failed is told to who asked; the next call connects anew.
      reconnectStrategy: false,
      ...(await tlsOptions(settings, url.protocol === "rediss:", host)),
    } as NonNullable<RedisOptions["socket"]>,
  };
}

function portOf(url: URL): number {
  return Number(url.port || 6379);
}

function databaseOf(settings: Settings): number {
  return Number(new URL(settings.url).pathname.slice(1) || (settings.database ?? 0));
}

async function tlsOptions(settings: Settings, isAsked: boolean, host: string): Promise<object> {
  if (!isAsked && settings.tls !== true) return {};
  const { ca_cert_path: caPath, cert_path: certPath, key_path: keyPath } = settings;
  const ca = caPath === undefined ? settings.ca_cert_bytes : await read(caPath);
  return {
    tls: true,
    minVersion: "TLSv1.2",
    rejectUnauthorized: !settings.insecure_skip_tls,
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
    ...(certPath !== undefined && { cert: await read(certPath) }),
    ...(keyPath !== undefined && { key: await read(keyPath) }),
  };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new VexilError("VEXIL_VALIDATION_CONFIG", `cannot read ${path}: ${reason}`, { cause: error });
  }
}
