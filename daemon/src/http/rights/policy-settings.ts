import type { AuthorizationConfig } from "@vexil/config/config";
import type { UsableAuthorization } from "@vexil/engine/plugins/generation";
import type { Authorization } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { isMap, type PolicyText, readPolicyText, type Settings } from "./policy-text.js";

/**
 * Makes an engine of a configuration's settings with those of a file of policies: maps and lists of both count, anything
 * else may stand in one of them only.
 * @param bytes the file; undefined: the configuration's settings alone count
 * @param invalidate called when its decisions may be others from now on
 * @throws VexilError VEXIL_VALIDATION_CONFIG, what the plugin throws; where the file is at fault with `line`, `column` and
 * `reason` as details
 */
export async function createWithPolicies(
  plugin: UsableAuthorization,
  config: AuthorizationConfig,
  bytes: Uint8Array | undefined,
  invalidate: () => void,
): Promise<Authorization> {
  if (bytes === undefined) return plugin.create(config, invalidate);
  const text = readPolicyText(bytes);
  const merged: Record<string, unknown> = { ...config.settings };
  for (const [key, value] of Object.entries(text.settings)) merged[key] = both(key, config.settings[key], value, text);
  const path = config.policies?.path ?? config.path;
  try {
    return await plugin.create({ ...config, settings: merged, path }, invalidate);
  } catch (error) {
    throw VexilError.is(error) ? inFile(error, path, config.settings, text) : error;
  }
}

function both(key: string, configured: unknown, given: unknown, { fault }: PolicyText): unknown {
  if (configured === undefined) return given;
  if (Array.isArray(configured) && Array.isArray(given)) return [...configured, ...given];
  if (!isMap(configured) || !isMap(given)) throw fault([key], `${key} is given in the configuration, too`);
  const taken = new Set(Object.keys(configured).map((name) => name.toLowerCase()));
  const twice = Object.keys(given).find((name) => taken.has(name.toLowerCase()));
  if (twice !== undefined) throw fault([key, twice], `${key}.${twice} is given in the configuration, too`);
  return { ...configured, ...given };
}

/** A refusal of plugins' settings: `plugin … : validate failed: <path>.<key>…: <reason>; <advice>`. */
const REFUSAL = /: validate failed: (.*); [^;]*$/s;

/** The refusal of merged settings, as the file has them: its own places, and lists counted from its own start. */
function inFile(error: VexilError, path: string, configured: Settings, text: PolicyText): VexilError {
  const issues = REFUSAL.exec(error.message)?.[1];
  if (issues === undefined || !issues.startsWith(`${path}.`)) return error;
  const places: string[][] = [];
  const reason = issues
    .split(`${path}.`)
    .map((issue) => {
      const end = issue.search(/: |$/);
      const [key = "", index = "", ...inner] = issue.slice(0, end).split(".");
      const list = configured[key];
      const own = Array.isArray(list) && index !== "" ? String(Number(index) - list.length) : index;
      if (own.startsWith("-")) return `authorization.${issue}`;
      const place = [key, own, ...inner].filter((part) => part !== "");
      if (place.length > 0) places.push(place);
      return place.join(".") + issue.slice(end);
    })
    .join("");
  const [first] = places;
  if (first !== undefined) return text.fault(typed(first, text.settings), reason, error);
  return new VexilError(error.code, reason, { details: error.details, cause: error });
}

/** A path with indexes of lists as numbers. */
function typed(path: readonly string[], root: unknown): readonly (string | number)[] {
  let value = root;
  return path.map((part) => {
    const key = Array.isArray(value) ? Number(part) : part;
    value = (value as Readonly<Record<string | number, unknown>> | undefined)?.[key];
    return key;
  });
}
