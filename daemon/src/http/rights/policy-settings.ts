import { readYaml } from "@vexil/flags/read/read-yaml";
import { VexilError } from "@vexil/plugin-api/errors";

type Settings = Readonly<Record<string, unknown>>;

/** Policies are written by hand. */
const LARGEST_BYTES = 1_000_000;
const LIMITS = { fileBytes: LARGEST_BYTES, files: 1, depth: 32, aliases: 500_000 };

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
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw fault("the file is no text in UTF-8", error);
  }
  // The reader whose time is linear, and which does not recurse deep: whoever pushes may push anything.
  const result = readYaml(text, LIMITS, "first");
  if ("fault" in result) throw fault(`the file is no YAML: ${result.fault.reason}`);
  if (result.documents.length > 1) throw fault("the file has more than one document");
  const read = result.documents[0]?.value ?? null;
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
