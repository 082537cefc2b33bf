import { distance } from "fastest-levenshtein";
import { type ConfigTree, formatOrigin, formatPath, isMap } from "./config-tree.js";
import { childOf, type Field, narrowed } from "./fields/field.js";

/** Every key that neither Vexil nor the compatible system knows, each with what is accepted there and the nearest key. */
export function unknownKeys(tree: ConfigTree, root: Field): readonly string[] {
  const faults: string[] = [];
  function walk(value: unknown, field: Field, path: readonly string[]): void {
    const own = narrowed(field, value);
    if (own.kind === "value" || !isMap(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      const here = [...path, key];
      const child = childOf(own, key);
      if (child !== undefined) walk(inner, child, here);
      else if (own.kind === "object" && !own.open) faults.push(describe(tree, root, own, path, here));
    }
  }
  walk(tree.root, root, []);
  return faults;
}

function describe(
  tree: ConfigTree,
  root: Field,
  field: Field & { kind: "object" },
  parent: readonly string[],
  path: readonly string[],
): string {
  const origin = tree.origin(path);
  const place = origin.from === "default" ? "" : ` (${formatOrigin(origin)})`;
  const accepted = [...field.children.keys()].sort().join(", ");
  const where = parent.length === 0 ? "the top" : formatPath(parent);
  return `unknown key ${formatPath(path)}${place}: did you mean ${nearest(tree, root, path, tree.get([...parent, "type"]))}? Accepted at ${where}: ${accepted}`;
}

/** The known key whose path needs the fewest changes; one that has the same word in its name, or lies below the `type` given, counts as nearer. */
function nearest(tree: ConfigTree, root: Field, path: readonly string[], type: unknown): string {
  const wanted = formatPath(path);
  let best = { key: "", cost: Number.POSITIVE_INFINITY };
  for (const candidate of allPaths(tree, root, [], path)) {
    const key = formatPath(candidate);
    const cost =
      distance(wanted, key) *
      (sharesWord(candidate.at(-1) ?? "", path.at(-1) ?? "") ? 0.3 : 1) *
      (candidate.some((part) => part === type) ? 0.5 : 1);
    if (cost < best.cost) best = { key, cost };
  }
  return best.key;
}

/** `port` and `http_port`, `user` and `username`. */
function sharesWord(known: string, unknown: string): boolean {
  return unknown !== "" && (known.startsWith(unknown) || known.split("_").includes(unknown));
}

/** Every key's path; ids as in `like` where it goes the same way. */
function* allPaths(
  tree: ConfigTree,
  general: Field,
  path: readonly string[],
  like: readonly string[],
): Generator<readonly string[]> {
  const field = narrowed(general, tree.get(path));
  if (field.kind === "object") {
    for (const [key, child] of field.children) {
      yield [...path, key];
      yield* allPaths(tree, child, [...path, key], like);
    }
  }
  if (field.kind === "map") {
    const id = path.every((part, index) => part === like[index]) ? like[path.length] : undefined;
    yield* allPaths(tree, field.value, [...path, id ?? "<id>"], like);
  }
}
