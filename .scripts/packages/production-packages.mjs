// Which packages of the lock file the daemon needs to run, and where each lies and goes.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @param {(folder: string, name: string) => boolean} isNeeded whether the package in a folder needs a dependency of it
 * @returns [folder in this repository, folder below node_modules of the target][]
 */
export function productionPackages(root, isNeeded) {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const found = new Map();
  const visit = (folder) => {
    if (found.has(folder)) return;
    const entry = packages[folder];
    found.set(folder, targetOf(folder, packages));
    for (const [kind, required] of [
      ["dependencies", true],
      ["optionalDependencies", false],
    ]) {
      for (const name of Object.keys(entry[kind] ?? {})) {
        if (!isNeeded(folder, name)) continue;
        const next = resolve(folder, name, packages);
        if (next !== undefined) visit(next);
        else if (required) throw new Error(`${folder} needs ${name}, which the lock file does not have`);
      }
    }
  };
  visit("daemon");
  return [...found];
}

/** As Node looks for a package: beside the one that asks, then upwards. */
function resolve(from, name, packages) {
  for (let folder = from; ; folder = folder.replace(/(^|\/)[^/]+$/, "")) {
    const key = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const entry = folder.endsWith("node_modules") ? undefined : packages[key];
    if (entry !== undefined) return entry.link ? entry.resolved : key;
    if (folder === "") return undefined;
  }
}

/** A workspace lies where npm links it. */
function targetOf(folder, packages) {
  if (folder.startsWith("node_modules/")) return folder.slice("node_modules/".length);
  const [workspace, ...nested] = folder.split("/node_modules/");
  return [packages[workspace].name, ...nested].join("/node_modules/");
}
