// Which packages of others the program holds, and where: by what was written into its files, not by what was asked for.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { programPackages } from "../copy-program.mjs";
import { root } from "./files.mjs";

/**
 * @returns {Map<string, Set<string>>} by folder, as the lock file names it, the places: `bundle`, `node_modules` beside it,
 * `console`
 */
export function heldPackages() {
  const found = new Map();
  const add = (folder, place) => {
    if (folder === undefined) return;
    if (!found.has(folder)) found.set(folder, new Set());
    found.get(folder).add(place);
  };
  for (const folder of bundledFolders()) add(folder, "bundle");
  for (const [folder] of programPackages()) if (folder.includes("node_modules")) add(folder, "node_modules");
  const modules = JSON.parse(readFileSync(join(root, "daemon", "console", "dist", ".modules.json"), "utf8"));
  for (const module of modules) add(folderOf(module), "console");
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function bundledFolders() {
  const { outputs } = JSON.parse(readFileSync(join(root, "daemon", "bundle", "metafile.json"), "utf8"));
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => folderOf(path));
}

/** The folder of the package that a file belongs to; undefined of a workspace's own. */
function folderOf(path) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
}
