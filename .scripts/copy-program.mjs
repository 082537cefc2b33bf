// The built daemon and what it needs of node_modules, as packages and images carry them.
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { productionPackages } from "./production-packages.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {string} target a folder `node_modules`, which is made */
export function copyProgram(target) {
  for (const [folder, name] of productionPackages(root)) {
    copyPackage(join(root, folder), join(target, name), !folder.includes("node_modules"));
  }
}

/** Of a workspace what it would publish; of others everything but what only editors and readers look at. */
function copyPackage(from, to, isWorkspace) {
  const own = isWorkspace ? JSON.parse(readFileSync(join(from, "package.json"), "utf8")).files : undefined;
  const entries =
    own === undefined ? readdirSync(from) : ["package.json", ...own.filter((name) => !name.startsWith("!"))];
  const isWanted = (path) => {
    const name = basename(path);
    if (path === join(root, "daemon", "bundle", "cache")) return false;
    if (name === "node_modules" || name === ".tsbuildinfo" || /\.(map|tsbuildinfo)$/.test(name)) return false;
    if (own !== undefined) return true;
    return !/\.([cm]?ts|flow)$/.test(name) && !(/\.(md|markdown)$/i.test(name) && !/licen[cs]e/i.test(name));
  };
  for (const entry of entries) {
    const source = join(from, entry);
    if (!existsSync(source) || !isWanted(source)) continue;
    cpSync(source, join(to, entry), { recursive: true, filter: isWanted });
  }
}
