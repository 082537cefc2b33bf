import type { z } from "zod";
import { configError } from "./config-error.js";
import { type ConfigTree, formatOrigin, formatPath } from "./config-tree.js";
import type { Field } from "./fields/field.js";
import { type RootSection, root as rootSchema } from "./sections/root.js";
import { unknownKeys } from "./unknown-keys.js";

/**
 * Decodes the tree by the schemas. All unknown keys and all values of a wrong type are reported together.
 * @throws VexilError VEXIL_VALIDATION_CONFIG
 */
export function decode(tree: ConfigTree, root: Field): RootSection {
  const result = rootSchema.safeParse(tree.root);
  const faults = [
    ...unknownKeys(tree, root),
    ...(result.error?.issues ?? []).map((issue) => describe(issue, tree, root)),
  ];
  if (result.success && faults.length === 0) return result.data;
  throw configError(
    faults.length === 1
      ? (faults[0] ?? "")
      : `decoding failed due to the following error(s):\n\n${faults.map((fault) => `  ${fault}`).join("\n")}`,
  );
}

function describe(issue: z.core.$ZodIssue, tree: ConfigTree, root: Field): string {
  const path = issue.path.map(String);
  const origin = tree.origin(path);
  const reason =
    issue.code === "invalid_type" ? `expected a map${accepted(root, path)}` : hideReference(issue.message, tree, path);
  return `${formatPath(path)}${origin.from === "default" ? "" : ` (${formatOrigin(origin)})`}: ${reason}`;
}

/** Hides text that came by a reference: it may be a secret in the wrong place, so it is not repeated. */
function hideReference(message: string, tree: ConfigTree, path: readonly string[]): string {
  const origin = tree.origin(path);
  const hidden = (origin.from !== "default" && origin.reference !== undefined) || origin.from === "variable";
  const value = tree.get(path);
  if (!hidden || typeof value !== "string" || value === "") return message;
  return message.replaceAll(JSON.stringify(value), "this value").replaceAll(value, "this value");
}

function accepted(root: Field, path: readonly string[]): string {
  let field: Field | undefined = root;
  for (const part of path) {
    field = field?.kind === "object" ? field.children.get(part) : field?.kind === "map" ? field.value : undefined;
  }
  if (field?.kind === "object") return ` with ${[...field.children.keys()].sort().join(", ")}`;
  return field?.kind === "map" ? " of ids" : "";
}
