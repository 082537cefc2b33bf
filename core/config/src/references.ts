import { Secret } from "@vexil/plugin-api";
import { type ConfigTree, formatPath, isMap, type Origin } from "./config-tree.js";
import { childOf, type Field, narrowed } from "./fields/field.js";
import type { SecretReader } from "./secret-reader.js";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Replaces every value that is `${env:NAME}` as a whole by that variable, or by nothing if it is unset. Works for
 * fields of any type: the text is converted afterwards.
 * @returns warnings: variables that are not set, and what only looks like a reference
 */
export function replaceVariables(tree: ConfigTree, env: Env): readonly string[] {
  const warnings: string[] = [];
  const replace = (value: unknown, path: readonly string[]): unknown => {
    if (typeof value === "string") {
      const name = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(value)?.[1];
      if (name !== undefined && env[name] === undefined) {
        warnings.push(`${formatPath(path)}: ${value} is not set, so the value is empty`);
      }
      const kind = /^\$\{([a-z]+):[^}]*\}$/i.exec(value)?.[1];
      if (kind !== undefined && !REFERENCES.has(kind)) {
        warnings.push(
          `${formatPath(path)}: "\${${kind}:…}" is no reference and is taken as it stands; write \${env:NAME}, \${secret:file:NAME} or \${credential:NAME}`,
        );
      }
      return name === undefined ? value : (env[name] ?? "");
    }
    if (Array.isArray(value)) return value.map((item, index) => replace(item, [...path, String(index)]));
    if (isMap(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner, [...path, key])]));
    }
    return value;
  };
  const walk = (map: Readonly<Record<string, unknown>>, path: readonly string[]): void => {
    for (const [key, value] of Object.entries(map)) {
      const here = [...path, key];
      if (isMap(value)) walk(value, here);
      else {
        const replaced = replace(value, here);
        if (replaced === value || (Array.isArray(value) && JSON.stringify(replaced) === JSON.stringify(value)))
          continue;
        tree.set(here, replaced, withReference(tree.origin(here), typeof value === "string" ? value : "${env:…}"));
      }
    }
  };
  walk(tree.root, []);
  return warnings;
}

const REFERENCES: ReadonlySet<string> = new Set(["env", "secret", "credential"]);

function withReference(origin: Origin, reference: string): Origin {
  return origin.from === "default" ? origin : { ...origin, reference };
}

/**
 * Resolves `${secret:…}` and `${credential:…}` in a decoded section, where they are the whole of a text. Values of
 * plain text maps are left alone. Secrets can be refreshed afterwards; a plugin's own settings get
 * a Secret too.
 */
export async function resolveReferences<T>(
  value: T,
  field: Field,
  path: readonly string[],
  reader: SecretReader,
): Promise<T> {
  return (await resolveValue(value, field, path, reader)) as T;
}

async function resolveValue(
  value: unknown,
  general: Field | undefined,
  path: readonly string[],
  reader: SecretReader,
): Promise<unknown> {
  const field = general === undefined ? undefined : narrowed(general, value);
  if (Secret.is(value)) return (await reader.read(value.reveal(), formatPath(path))) ?? value;
  if (typeof value === "string") {
    const secret = await reader.read(value, formatPath(path));
    if (secret === undefined) return value;
    return field === undefined ? secret : secret.reveal();
  }
  if (Array.isArray(value)) {
    return Promise.all(value.map((item, index) => resolveValue(item, field, [...path, String(index)], reader)));
  }
  if (!isMap(value)) return value;
  if (field?.info.later !== undefined || (field?.kind === "map" && field.value.kind === "value")) return value;
  const resolved: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const child = childOf(field, key);
    resolved[key] = child?.info.later === undefined ? await resolveValue(inner, child, [...path, key], reader) : inner;
  }
  return resolved;
}
