import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { VexilError } from "@vexil/plugin-api";
import type { ClientConfig } from "pg";
import type { Settings } from "./settings.js";

/** libpq's modes (PostgreSQL, "SSL Support"), and `no-verify`, which pg knows. */
const MODES = ["disable", "allow", "prefer", "require", "no-verify", "verify-ca", "verify-full"] as const;
type Mode = (typeof MODES)[number];

/** Of the URL's parameters these are read here, and pg must not read them again. */
const PARAMETERS = ["sslmode", "ssl", "sslrootcert", "sslcert", "sslkey", "uselibpqcompat"] as const;

/** Other sources of settings about encryption. */
export interface TlsSources {
  /** Of the URL; what is read here is taken out. */
  readonly parameters: URLSearchParams;
  readonly env: NodeJS.ProcessEnv;
  readonly host: string;
}

/**
 * Decides whether to encrypt, and what to check: the settings say it, else the URL's `sslmode`, else PGSSLMODE. As in libpq,
 * `require` checks the certificate only where an authority is named, and `verify-ca` does not look at its name. `allow`
 * and `prefer` mean `require`: whoever allows encryption gets it, and never falls back to none.
 */
export async function tlsOptions(settings: Settings, sources: TlsSources): Promise<ClientConfig["ssl"]> {
  const { parameters, env, host } = sources;
  const given = Object.fromEntries(PARAMETERS.map((name) => [name, parameters.get(name) ?? undefined]));
  for (const name of PARAMETERS) parameters.delete(name);
  const caPath = settings.ca_cert_path ?? given.sslrootcert ?? env.PGSSLROOTCERT;
  // libpq's word for the system's authorities.
  const ca = settings.ca_cert_bytes ?? (caPath === undefined || caPath === "system" ? undefined : await read(caPath));
  const certPath = settings.cert_path ?? given.sslcert ?? env.PGSSLCERT;
  const keyPath = settings.key_path ?? given.sslkey ?? env.PGSSLKEY;
  const isNamed = [settings.ca_cert_path, settings.ca_cert_bytes, settings.cert_path].some(Boolean);
  const mode = modeOf(
    settings,
    given.sslmode ?? ofSsl(given.ssl) ?? env.PGSSLMODE ?? (isNamed ? "verify-full" : "disable"),
  );
  if (mode === "disable") return false;
  const checked = mode === "verify-ca" || mode === "verify-full" || (mode !== "no-verify" && ca !== undefined);
  return {
    rejectUnauthorized: checked,
    ...(mode !== "verify-full" && { checkServerIdentity: () => undefined }),
    // pg names the server itself, but for addresses, which would be compared with "localhost".
    ...(isIP(host) !== 0 && { host }),
    ...(ca !== undefined && { ca }),
    ...(certPath !== undefined && { cert: await read(certPath) }),
    ...(keyPath !== undefined && { key: await read(keyPath) }),
  };
}

function modeOf(settings: Settings, otherwise: string): Mode {
  if (settings.tls === false) return "disable";
  if (settings.insecure_skip_tls) return "no-verify";
  if (settings.tls === true) return "verify-full";
  if ((MODES as readonly string[]).includes(otherwise)) return otherwise as Mode;
  throw new VexilError("VEXIL_VALIDATION_CONFIG", `sslmode is one of ${MODES.join(", ")}`);
}

/** pg's own switch, `ssl=true`. */
function ofSsl(value: string | undefined): Mode | undefined {
  if (value === undefined) return undefined;
  return ["true", "1"].includes(value) ? "verify-full" : "disable";
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new VexilError("VEXIL_VALIDATION_CONFIG", `cannot read ${path}: ${reason}`, { cause: error });
  }
}
