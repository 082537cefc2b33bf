import { type ConfigTree, isMap } from "./config-tree.js";
import type { Field } from "./fields/field.js";

type Env = Readonly<Record<string, string | undefined>>;

/** Variables of the programs around the daemon, which are no keys. */
const NOT_KEYS = new Set(["VEXIL_TOKEN", "VEXIL_URL", "VEXIL_CONFIG"]);

/**
 * Lays variables over the file: `FLIPT_…`, and over it `VEXIL_…`. The name is the key's path in capitals with `_` for
 * `.`; the ids of maps are found in the names. Empty variables count as unset.
 * @returns warnings: VEXIL_ variables that fit no key (clusters inject such names)
 */
export function overlayVariables(tree: ConfigTree, root: Field, env: Env): readonly string[] {
  const warnings: string[] = [];
  for (const prefix of ["FLIPT_", "VEXIL_"]) {
    for (const name of Object.keys(env).sort(byParts)) {
      const value = env[name];
      if (!name.startsWith(prefix) || value === undefined || value === "" || NOT_KEYS.has(name)) continue;
      const path = matchVariable(name.slice(prefix.length).toLowerCase(), root, tree);
      if (path !== undefined) tree.set(path, value, { from: "variable", name });
      else if (prefix === "VEXIL_")
        warnings.push(`the variable ${name} fits no key of the configuration; it is ignored`);
    }
  }
  return warnings;
}

/** Names with few parts first: `…_MAIN_BACKEND_TYPE` makes the id `main` known to `…_MAIN_BACKEND_BUCKET_NAME`. */
function byParts(a: string, b: string): number {
  return a.split("_").length - b.split("_").length || (a < b ? -1 : 1);
}

interface Matching {
  readonly tree: ConfigTree;
  /** True if ids may be discovered, rather than known already. */
  readonly discover: boolean;
  /** True if a key may be one that no schema names (a plugin's own setting). */
  readonly open: boolean;
}

/** The path that a variable's name (lower-cased, without prefix) means; undefined when it fits no key. */
export function matchVariable(name: string, root: Field, tree: ConfigTree): readonly string[] | undefined {
  // Ids that exist come before new ones, and what a schema names before what an open map would take:
  // `storage_prod_backend_remote` is the remote of `prod_backend`, not a setting of the backend of a new `prod`.
  for (const discover of [false, true]) {
    for (const open of [false, true]) {
      const path = match(name, root, [], { tree, discover, open });
      if (path !== undefined) return path;
    }
  }
  return undefined;
}

function match(rest: string, field: Field, path: readonly string[], matching: Matching): readonly string[] | undefined {
  if (field.kind === "object") {
    for (const [key, child] of field.children) {
      const found = below(rest, key, child, [...path, key], matching);
      if (found !== undefined) return found;
    }
    return field.open && matching.open && rest !== "" ? [...path, rest] : undefined;
  }
  if (field.kind === "map") {
    for (const [id, after] of splits(rest, knownIds(matching.tree, path), matching.discover)) {
      const found = match(after, field.value, [...path, id], matching);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function below(
  rest: string,
  key: string,
  child: Field,
  path: readonly string[],
  matching: Matching,
): readonly string[] | undefined {
  if (rest === key) return child.kind === "value" ? path : undefined;
  if (!rest.startsWith(`${key}_`)) return undefined;
  const after = rest.slice(key.length + 1);
  if (child.kind === "value") return child.info.later !== undefined && matching.open ? [...path, after] : undefined;
  if (child.kind === "map" && child.value.kind === "value") return [...path, after];
  return match(after, child, path, matching);
}

/** Ids the file knows, as a variable's name can write them. */
function knownIds(tree: ConfigTree, path: readonly string[]): ReadonlyMap<string, string> {
  const value = tree.get(path);
  const ids = isMap(value) ? Object.keys(value) : [];
  return new Map(ids.map((id) => [id.replaceAll(/[^a-z0-9_]/g, "_"), id]));
}

/** All ways to read `<id>_<field…>`: ids the file knows first, the longest before others; then the shortest id. */
function* splits(
  rest: string,
  known: ReadonlyMap<string, string>,
  discover: boolean,
): Generator<readonly [string, string]> {
  for (const [written, id] of [...known].sort(([a], [b]) => b.length - a.length)) {
    if (rest.startsWith(`${written}_`)) yield [id, rest.slice(written.length + 1)];
  }
  if (!discover) return;
  for (let at = rest.indexOf("_", 1); at > 0; at = rest.indexOf("_", at + 1)) {
    yield [rest.slice(0, at), rest.slice(at + 1)];
  }
}
