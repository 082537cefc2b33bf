import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { root } from "./files.mjs";

/** What says how something was built, and what is made anew where it runs. */
const BUILD_INFO = /^(?:\.tsbuildinfo|\.built-from|built-from\.json|metafile\.json|\.modules\.json|cache)$/;

/**
 * Copies a package: of a workspace what it publishes, of others everything; never source maps, or what tells how it was
 * built.
 * @param folder the package's, as seen from this repository
 * @param options.isWanted told of each path in the package
 * @param options.manifest makes the copy's package.json of the package's
 */
export function copyPackage(folder, to, { isWanted = () => true, manifest = (all) => all }) {
  const from = join(root, folder);
  const own = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
  const isWorkspace = !folder.includes("node_modules");
  const entries = isWorkspace ? (own.files ?? []) : readdirSync(from);
  const filter = (path) => {
    const name = basename(path);
    if (name === "node_modules" || name.endsWith(".map") || (isWorkspace && BUILD_INFO.test(name))) return false;
    return isWanted(relative(from, path));
  };
  mkdirSync(to, { recursive: true });
  for (const entry of entries.filter((name) => !name.startsWith("!"))) {
    const source = join(from, entry);
    if (existsSync(source) && filter(source)) cpSync(source, join(to, entry), { recursive: true, filter });
  }
  writeFileSync(join(to, "package.json"), `${JSON.stringify(manifest(own), null, 2)}\n`);
}
