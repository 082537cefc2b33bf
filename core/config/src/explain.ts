import { type ConfigPath, type ConfigTree, formatOrigin, isMap } from "./config-tree.js";
import { type Field, fieldOf, narrowed } from "./fields/field.js";
import { redactText } from "./redact.js";
import { root as rootSchema } from "./sections/root.js";

/** One effective value, as it may be shown. */
export interface ExplainedValue {
  readonly path: ConfigPath;
  /** Secrets redacted; a reference to one stays as written. */
  readonly value: unknown;
  /** `vexil.yaml:12`, a variable's name, or `default`. */
  readonly source: string;
}

const REDACTED = "[redacted]";

/** Every effective value, with where it came from. */
export function explain(tree: ConfigTree): readonly ExplainedValue[] {
  return [...walk(tree, fieldOf(rootSchema), [])];
}

function* walk(tree: ConfigTree, general: Field, path: ConfigPath): Generator<ExplainedValue> {
  const value = tree.get(path);
  const field = narrowed(general, value);
  const source = formatOrigin(tree.origin(path));
  if (field.info.later !== undefined) {
    if (value !== undefined) yield { path, value: "(accepted and ignored)", source };
    return;
  }
  if (field.kind === "value") {
    if (value !== undefined) yield { path, value: shown(value, field), source };
    else if (field.default !== undefined) yield { path, value: shown(field.default, field), source: "default" };
    return;
  }
  if (field.kind === "object" && value === undefined && field.optional) return;
  const known = field.kind === "object" ? [...field.children.keys()] : [];
  for (const key of known) {
    const child = field.kind === "object" ? field.children.get(key) : undefined;
    if (child !== undefined) yield* walk(tree, child, [...path, key]);
  }
  for (const key of isMap(value) ? Object.keys(value).filter((name) => !known.includes(name)) : []) {
    const here = [...path, key];
    if (field.kind === "map") yield* walk(tree, field.value, here);
    // A plugin's own setting: nobody here knows whether it is a secret.
    else yield { path: here, value: shownUnknown(tree.get(here)), source: formatOrigin(tree.origin(here)) };
  }
}

function shown(value: unknown, field: Field): unknown {
  if (isReference(value)) return value;
  if (field.info.secret === true) return value === "" ? "" : REDACTED;
  if (Array.isArray(value)) return value.map((item) => shown(item, field));
  if (isMap(value)) return shownUnknown(value);
  return typeof value === "string" ? redactText(value) : value;
}

function shownUnknown(value: unknown): unknown {
  if (typeof value === "string") return value === "" || isReference(value) ? value : REDACTED;
  if (Array.isArray(value)) return value.map(shownUnknown);
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shownUnknown(inner)]));
  return typeof value === "bigint" || value instanceof Date ? String(value) : value;
}

function isReference(value: unknown): boolean {
  return typeof value === "string" && /^\$\{(?:secret|credential):[^}]*\}$/.test(value);
}
