import { availableParallelism } from "node:os";
import { LAYOUTS } from "./bundled-layouts.js";
import { DEFAULT_BACKEND } from "./bundled-plugins.js";
import type { ConfigTree } from "./config-tree.js";

/** The defaults that depend on other values. Those that do not are in the schemas. */
export function setDefaults(tree: ConfigTree, hasFile: boolean): void {
  // Those of an edge are its upstream's.
  if (tree.get(["edge"]) === undefined) {
    if (tree.ids(["storage"]).length === 0) tree.setDefault(["storage", "default"], {});
    if (tree.ids(["environments"]).length === 0) tree.setDefault(["environments", "default"], {});
  }
  for (const id of tree.ids(["storage"])) {
    const type = String(tree.get(["storage", id, "backend", "type"]) ?? DEFAULT_BACKEND);
    for (const [key, value] of Object.entries(LAYOUTS.backend.get(type)?.preset ?? {})) {
      tree.setDefault(["storage", id, "backend", key], value);
    }
  }
  const environments = tree.ids(["environments"]);
  for (const id of environments) {
    tree.setDefault(["environments", id, "name"], id);
    tree.setDefault(["environments", id, "default"], environments.length === 1);
  }
  tree.setDefault(["server", "workers"], Math.min(availableParallelism(), 4));
  // Without any configuration nobody has asked to be reachable from elsewhere.
  if (!hasFile) tree.setDefault(["server", "host"], "127.0.0.1");
}
