import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundledTypes } from "@vexil/config/bundled-plugins";
import type { Plugin } from "@vexil/plugin-api";
import { type PluginIdentity, pluginError, reasonOf } from "./plugin-error.js";

export type PluginKind = Plugin["kind"];

/** Where plugins are looked for. */
export interface PluginPlaces {
  /** The configuration file's directory. */
  readonly configDirectory: string;
  /** `plugin_directory`, absolute or as seen from the configuration file's directory. */
  readonly pluginDirectory: string | undefined;
  /** A file of the daemon: bundled plugins are found from there. */
  readonly bundledFrom: URL;
}

/** A plugin's main file and the package it belongs to. */
export interface ResolvedPlugin {
  readonly url: URL;
  readonly file: string;
  /** Package name, or the specifier for a file outside of any package. */
  readonly package: string;
  readonly version: string | undefined;
  /** `engines.node` of its package.json. */
  readonly nodeRange: string | undefined;
  /** The package's directory (of a lone file: its own), with a separator at the end. */
  readonly directory: string;
}

/** Tells whether a `type` is a specifier (a package's name, a path, a URL) rather than a name. */
export function isSpecifier(type: string): boolean {
  return /[/@.]|^vexil-(?:backend|auth|authentication|authorization|sink)-/.test(type);
}

/** Finds what the configuration names: a `type`, tried as a bundled name first, or a specifier. */
export function resolvePlugin(kind: PluginKind, type: string, places: PluginPlaces): ResolvedPlugin {
  const { configDirectory, bundledFrom } = places;
  const daemon = dirname(fileURLToPath(bundledFrom));
  const own = places.pluginDirectory === undefined ? [] : [resolve(configDirectory, places.pluginDirectory)];
  const identity: PluginIdentity = { plugin: type, package: type };
  if (isSpecifier(type)) {
    const found = firstOf(type, [configDirectory, ...own, daemon], identity);
    if (found !== undefined) return found;
    const seen = [configDirectory, ...own].join(", ");
    throw pluginError("resolve", identity, `nothing is found at this specifier, seen from ${seen}`);
  }
  const name = type.replaceAll("_", "-");
  const bundled = `@vexil/${kind}-${name}`;
  const foreign = `vexil-${kind}-${name}`;
  // A bundled name means the bundled package, whatever lies beside the configuration.
  const found =
    firstOf(bundled, [daemon, configDirectory, ...own], { plugin: type, package: bundled }) ??
    firstOf(foreign, [configDirectory, ...own, daemon], { plugin: type, package: foreign });
  if (found !== undefined) return found;
  const known = bundledTypes(kind, type).join(", ");
  const reason = `no plugin has this name (bundled: ${known}); neither ${bundled} nor ${foreign} is installed, seen from ${[configDirectory, ...own].join(", ")} and from Vexil itself`;
  throw pluginError("resolve", { plugin: type, package: foreign }, reason);
}

function firstOf(
  specifier: string,
  directories: readonly string[],
  identity: PluginIdentity,
): ResolvedPlugin | undefined {
  const request = specifier.startsWith("file:") ? fileURLToPath(specifier) : specifier;
  for (const directory of directories) {
    const require = createRequire(join(directory, "noop.js"));
    try {
      return describeFile(require.resolve(request), specifier);
    } catch (thrown) {
      const folder = folderOf(request, directory, require);
      if (folder === undefined) continue;
      const advice = "build it, and check `main` and the `default` condition of `exports` in its package.json";
      const reason = `the package in ${folder} has no main file that can be loaded: ${reasonOf(thrown).split("\n")[0]}`;
      throw pluginError("resolve", identity, reason, { advice, cause: thrown });
    }
  }
  return undefined;
}

/** The folder that a specifier names, if it exists though nothing could be loaded from it. */
function folderOf(request: string, directory: string, require: NodeJS.Require): string | undefined {
  const isPath = /^(\.{0,2}\/|[A-Za-z]:[\\/]|\.{1,2}$)/.test(request);
  const folders = isPath
    ? [resolve(directory, request)]
    : (require.resolve.paths(request) ?? []).map((root) => join(root, request));
  return folders.find((folder) => existsSync(join(folder, "package.json")));
}

function describeFile(file: string, specifier: string): ResolvedPlugin {
  const url = pathToFileURL(file);
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    const manifest = readManifest(join(directory, "package.json"));
    if (manifest !== undefined) return { url, file, ...manifest, directory: directory + sep };
    // A lone file beside a package of somebody else belongs to nobody but itself.
    if (dirname(directory) === directory) break;
  }
  return { url, file, package: specifier, version: undefined, nodeRange: undefined, directory: file };
}

function readManifest(path: string): Pick<ResolvedPlugin, "package" | "version" | "nodeRange"> | undefined {
  try {
    const { name, version, engines } = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
    if (typeof name !== "string") return undefined;
    const node = (engines as { readonly node?: unknown } | null | undefined)?.node;
    const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
    return { package: name, version: text(version), nodeRange: text(node) };
  } catch {
    return undefined;
  }
}
