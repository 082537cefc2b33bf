import { configError } from "./config-error.js";
import { type ConfigMap, ConfigTree, formatPath, isMap, type Origin } from "./config-tree.js";
import { childOf, type Field } from "./fields/field.js";
import type { FoundConfig } from "./find-config.js";

/**
 * The tree of a configuration file: keys lower-cased, map ids included, but for what lies below an open key (a
 * plugin's own settings have their first level lower-cased only). An absent value (`null`) counts as unset; an id
 * without a value as an empty map.
 * @throws VexilError VEXIL_VALIDATION_CONFIG when two keys differ by case only
 */
export function lowerCaseKeys(found: FoundConfig, root: Field): ConfigTree {
  const tree = new ConfigTree();
  const origin = (written: readonly string[]): Origin => ({
    from: "file",
    file: found.shownAs,
    line: found.lines.get(written.join("\0")),
  });

  function walk(map: ConfigMap, written: readonly string[], path: readonly string[], field: Field | undefined): void {
    const seen = new Map<string, string>();
    for (const [name, value] of Object.entries(map)) {
      const lower = name.toLowerCase();
      const twin = seen.get(lower);
      if (twin !== undefined) {
        throw configError(`${formatPath([...path, lower])} is given twice, as ${twin} and ${name}; keys ignore case`);
      }
      seen.set(lower, name);
      const below = [...path, lower];
      const inFile = [...written, name];
      const child = childOf(field, lower);
      const isContainer = child?.kind === "object" || child?.kind === "map";
      if (value === null || value === undefined) {
        if (field?.kind === "map" && isContainer) tree.set(below, {}, origin(inFile));
      } else if (isMap(value) && isContainer) {
        tree.set(below, {}, origin(inFile));
        walk(value, inFile, below, child);
      } else tree.set(below, value, origin(inFile));
    }
  }

  walk({ ...found.tree }, [], [], root);
  return tree;
}
