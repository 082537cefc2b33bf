import { VexilError } from "@vexil/plugin-api/errors";
import { type ConfigTree, formatOrigin, formatPath } from "./config-tree.js";
import { type EmptyVariables, namingVariables } from "./empty-variables.js";

/** A fault between values, with the variables that left one empty, else with the place where the value stands. */
export function locateFault(error: unknown, tree: ConfigTree, empty: EmptyVariables): unknown {
  const path = VexilError.is(error) ? error.details.path : undefined;
  if (!VexilError.is(error) || !Array.isArray(path)) return error;
  const named = namingVariables(error, empty, formatPath(path as string[]));
  if (named !== error) return named;
  const origin = tree.origin(path as string[]);
  const value = tree.get(path as string[]);
  if (origin.from === "default" || value === undefined || value === "" || typeof value === "object") return error;
  const { code, message, details, cause } = error;
  return new VexilError(code, `${message} (${formatOrigin(origin)})`, { details, cause });
}
