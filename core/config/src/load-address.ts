import type { ServerConfig } from "./config.js";
import { configError } from "./config-error.js";
import { ConfigTree } from "./config-tree.js";
import { setDefaults } from "./defaults.js";
import { overlayVariables } from "./env-overlay.js";
import { fieldOf } from "./fields/field.js";
import { type FindOptions, findConfig } from "./find-config.js";
import { lowerCaseKeys } from "./lower-case-keys.js";
import { replaceVariables } from "./references.js";
import { root } from "./sections/root.js";
import { adminAddress, serverAddress } from "./sections/server.js";

/** Where a daemon listens. */
export interface ServerAddress extends Pick<ServerConfig, "protocol" | "host" | "port"> {
  /** Where it answers for its status, if not there. */
  readonly admin?: NonNullable<ServerConfig["admin"]>;
  /** Configuration file that was read, absolute. */
  readonly file?: string;
  /** Certificate that it serves with, if it speaks TLS; a path as it is written. */
  readonly certFile?: string;
}

/**
 * Reads where the configuration says that the daemon listens, and nothing else of it: whoever asks a daemon needs
 * neither its secrets nor its files, and a fault elsewhere is none of theirs.
 * @throws VexilError VEXIL_VALIDATION_CONFIG
 */
export async function loadServerAddress(options: FindOptions): Promise<ServerAddress> {
  const field = fieldOf(root);
  const found = await findConfig(options);
  const tree = found === undefined ? new ConfigTree() : lowerCaseKeys(found, field);
  overlayVariables(tree, field, options.env);
  replaceVariables(tree, options.env);
  setDefaults(tree, found !== undefined);
  const decoded = serverAddress.safeParse(tree.get(["server"]) ?? {});
  if (!decoded.success) {
    const [issue] = decoded.error.issues;
    throw configError(`${["server", ...(issue?.path ?? [])].join(".")}: ${issue?.message ?? "not an address"}`);
  }
  const { protocol, host, http_port: httpPort, https_port: httpsPort, cert_file: certFile } = decoded.data;
  for (const [key, value] of Object.entries({ protocol, host, "admin.host": decoded.data.admin?.host ?? "" })) {
    if (value.startsWith("${")) throw configError(`server.${key} is a reference, which only the daemon reads`);
  }
  const https = protocol === "https";
  const admin = adminAddress(decoded.data);
  return {
    protocol: https ? "https" : "http",
    host,
    port: https ? httpsPort : httpPort,
    ...(admin === undefined ? {} : { admin }),
    ...(found === undefined ? {} : { file: found.file }),
    ...(https && certFile && !certFile.startsWith("${") ? { certFile } : {}),
  };
}
