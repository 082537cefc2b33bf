import { readFile } from "node:fs/promises";
import { VexilError } from "@vexil/plugin-api";
import type { ClientConfig } from "pg";
import type { Settings } from "./settings.js";
import { tlsOptions } from "./tls-options.js";

/** Where to connect to. */
export interface ConnectionOptions {
  readonly client: ClientConfig;
  /** For users: user, host, port, database; never the password. */
  readonly display: string;
}

/** Time that a new connection may take. */
export const CONNECT_MS = 4_000;

/** Makes pg's options from the settings; pg itself adds the `PG…` variables. */
export async function connectionOptions(settings: Settings, application: string): Promise<ConnectionOptions> {
  const url = settings.url_file === undefined ? settings.url?.reveal() : await readUrl(settings.url_file);
  const parsed = url === undefined ? undefined : parse(url);
  const env = process.env;
  const host = parsed?.hostname || env.PGHOST || "localhost";
  const user = decodeURIComponent(parsed?.username ?? "") || env.PGUSER || env.USER || "";
  const database = decodeURIComponent(parsed?.pathname.slice(1) ?? "") || env.PGDATABASE || user;
  const ssl = await tlsOptions(settings, { parameters: parsed?.searchParams ?? new URLSearchParams(), env, host });
  return {
    client: {
      ...(parsed !== undefined && { connectionString: parsed.href }),
      ssl,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      application_name: application,
    },
    display: `${user === "" ? "" : `${user}@`}${host}:${parsed?.port || env.PGPORT || "5432"}/${database}`,
  };
}

async function readUrl(path: string): Promise<string> {
  return (await readFile(path, "utf8")).trim();
}

function parse(url: string): URL {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return new URL(url);
  // The URL itself is not shown: it may hold a password.
  throw new VexilError("VEXIL_VALIDATION_CONFIG", "the url is no URL of the form postgres://user@host:port/database");
}
