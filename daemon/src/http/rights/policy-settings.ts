import { VexilError } from "@vexil/plugin-api/errors";
import { parse } from "yaml";

type Settings = Readonly<Record<string, unknown>>;

/** Policies are written by hand. */
const LARGEST_BYTES = 1_000_000;

/**
 * An engine's settings with those of a file of policies: maps and lists of both count, anything else may stand in one of
 * them only.
 * @throws VexilError VEXIL_VALIDATION_CONFIG
 */
export function withPolicies(configured: Settings, bytes: Uint8Array): Settings {
  const merged: Record<string, unknown> = { ...configured };
  for (const [key, value] of Object.entries(readPolicies(bytes))) merged[key] = both(key, configured[key], value);
  return merged;
}

function readPolicies(bytes: Uint8Array): Settings {
  if (bytes.length > LARGEST_BYTES) throw fault(`the file is larger than ${LARGEST_BYTES} bytes`);
  let read: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    read = parse(text, { prettyErrors: false, logLevel: "error" });
  } catch (error) {
    throw fault(`the file is no YAML: ${(error as Error).message.split("\n")[0]}`, error);
  }
  // A file without a word binds nobody.
  if (read === null) return {};
  if (!isMap(read)) throw fault("the file must be a map with the engine's settings: roles, bindings");
  return read;
}

function both(key: string, configured: unknown, given: unknown): unknown {
  if (configured === undefined) return given;
  if (Array.isArray(configured) && Array.isArray(given)) return [...configured, ...given];
  if (!isMap(configured) || !isMap(given)) throw fault(`${key} is given in the configuration, too`);
  const taken = new Set(Object.keys(configured).map((name) => name.toLowerCase()));
  const twice = Object.keys(given).find((name) => taken.has(name.toLowerCase()));
  if (twice !== undefined) throw fault(`${key}.${twice} is given in the configuration, too`);
  return { ...configured, ...given };
}

function isMap(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fault(reason: string, cause?: unknown): VexilError {
  return new VexilError("VEXIL_VALIDATION_CONFIG", reason, { cause });
}
