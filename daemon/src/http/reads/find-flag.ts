import type { CompiledFlag } from "@vexil/core";
import { type VexilError as Failure, VexilError } from "@vexil/core/serving";
import type { ReadEnvironment, ServedNamespace } from "./read-services.js";

const NO_FLAGS: ReadonlyMap<string, CompiledFlag> = new Map();

/** What evaluation needs of a namespace. */
export type EvaluatedNamespace = Pick<ServedNamespace, "flags" | "sortedKeys">;

const EMPTY: EvaluatedNamespace = { flags: NO_FLAGS, sortedKeys: [] };

/** A namespace for evaluation. `default` always exists, be it empty (`flag-state.md` §3). */
export function evaluatedNamespace(environment: ReadEnvironment, key: string): EvaluatedNamespace | undefined {
  return environment.snapshot?.namespaces.get(key) ?? (key === "default" ? EMPTY : undefined);
}

export function namespaceNotFound(key: string): Failure {
  return new VexilError("VEXIL_NOT_FOUND", `namespace "${key}" not found`);
}

/** @throws VexilError VEXIL_NOT_FOUND with the texts of `http-api.md` §2 */
export function findFlag(environment: ReadEnvironment, namespace: string, key: string): CompiledFlag {
  const found = evaluatedNamespace(environment, namespace);
  if (found === undefined) throw namespaceNotFound(namespace);
  const flag = found.flags.get(key);
  if (flag !== undefined) return flag;
  throw new VexilError("VEXIL_NOT_FOUND", `flag "${key === "" ? namespace : `${namespace}/${key}`}" not found`);
}
