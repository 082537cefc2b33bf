// The built program as every kind of package brings it: the daemon's bundle, and of node_modules what the bundle asks for
// beside itself.
import { basename, join } from "node:path";
import { copyPackage } from "./packages/copy-package.mjs";
import { root } from "./packages/files.mjs";
import { productionPackages } from "./packages/production-packages.mjs";

/** Native extras of ssh2, which are never built, and what a package brings for compilers only. */
const isSkipped = (name) => name.startsWith("@types/") || ["cpu-features", "nan"].includes(name);
const PLUGIN = /^@vexil\/(?:backend|auth|authentication|authorization|sink)-/;
/** What these ask for that is not in the bundle; of all other packages it is whatever their manifests name. */
const BESIDE_BUNDLE = {
  daemon: (name) => PLUGIN.test(name) || ["engine", "flags", "plugin-api"].includes(name.replace("@vexil/", "")),
  // Both are asked for by name where the bundle runs, as seen from these packages.
  "core/engine": (name) => name === "pino-pretty",
  "core/flags": (name) => name === "js-yaml",
  // Plugins import git's formats, which need no library.
  "core/git": (name) => name.startsWith("@vexil/"),
};
/** Of these workspaces the manifest alone is asked for. */
const BARE = ["core/engine", "core/flags"];

/** @returns [folder in this repository, folder below node_modules of the target][] */
export function programPackages() {
  return productionPackages(root, (folder, name) => !isSkipped(name) && (BESIDE_BUNDLE[folder]?.(name) ?? true));
}

/** Copies the program and what it needs into a directory that becomes a `node_modules`. */
export function copyProgram(modules) {
  for (const [folder, target] of programPackages()) {
    const isWorkspace = !folder.includes("node_modules");
    const isWanted = isWorkspace ? (path) => isAskedFor(folder, path) : isForRunning;
    copyPackage(folder, join(modules, target), { isWanted, manifest: (all) => installed(folder, all) });
  }
}

/** Everything but what only editors and readers look at. */
function isForRunning(path) {
  const name = basename(path);
  return !/\.([cm]?ts|flow)$/.test(name) && !(/\.(md|markdown)$/i.test(name) && !/licen[cs]e/i.test(name));
}

function isAskedFor(folder, path) {
  if (folder === "daemon") return !/^dist(?:\/|$)/.test(path);
  // Git's formats, and the one module and the directories that lead to them.
  if (folder === "core/git") return /^(?:dist$|dist\/objects(?:\/|$)|dist\/wire-errors\.)/.test(path);
  return !BARE.includes(folder);
}

/** A manifest that asks for what comes along and nothing else. */
function installed(folder, { scripts, devDependencies, dependencies, optionalDependencies, ...rest }) {
  const isKept = ([name]) => !isSkipped(name) && (BESIDE_BUNDLE[folder]?.(name) ?? true);
  const kept = (all) => Object.fromEntries(Object.entries(all ?? {}).filter(isKept));
  return {
    ...rest,
    dependencies: kept(dependencies),
    optionalDependencies: kept(optionalDependencies),
  };
}
