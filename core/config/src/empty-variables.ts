import { VexilError } from "@vexil/plugin-api/errors";
import { type ConfigTree, formatPath, isMap } from "./config-tree.js";

/** Values that are empty because of the variable they come from: the key's path → `${env:NAME} is not set`. */
export type EmptyVariables = ReadonlyMap<string, string>;

/** Finds the values that are `${env:NAME}` and nothing came of it. */
export function findEmptyVariables(
  tree: ConfigTree,
  env: Readonly<Record<string, string | undefined>>,
): EmptyVariables {
  const found = new Map<string, string>();
  const walk = (map: Readonly<Record<string, unknown>>, path: readonly string[]): void => {
    for (const [key, value] of Object.entries(map)) {
      const here = [...path, key];
      if (isMap(value)) walk(value, here);
      if (value !== "") continue;
      const origin = tree.origin(here);
      const reference = origin.from === "default" ? undefined : origin.reference;
      const name = /^\$\{env:(\w+)\}$/.exec(reference ?? "")?.[1];
      if (name !== undefined)
        found.set(formatPath(here), `\${env:${name}} is ${env[name] === undefined ? "not set" : "empty"}`);
    }
  };
  walk(tree.root, []);
  return found;
}

/**
 * The error, with the variables named that left a value empty at a path or below: who reads that something is missing
 * looks for it where it was to come from.
 */
export function namingVariables(error: unknown, empty: EmptyVariables, path: string): unknown {
  if (!VexilError.is(error)) return error;
  const named = [...empty].filter(([key]) => key === path || key.startsWith(`${path}.`)).map(([, text]) => text);
  const missing = [...new Set(named)].filter((text) => !error.message.includes(text));
  if (missing.length === 0) return error;
  const { code, message, details, cause } = error;
  return new VexilError(code, `${message}: ${missing.join(", ")}`, { details, cause });
}
