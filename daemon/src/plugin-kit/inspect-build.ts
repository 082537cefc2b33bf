import { type Dirent, existsSync, readFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A package under development, and how its build compares with its sources. */
export interface PackageBuild {
  readonly name: string;
  readonly folder: string;
  /** True if its package.json has a build script. */
  readonly canBuild: boolean;
  /** Why what is built may not be what the sources say; undefined when it is up to date. */
  readonly staleness: string | undefined;
}

interface Manifest {
  readonly name?: unknown;
  readonly main?: unknown;
  readonly exports?: unknown;
  readonly scripts?: { readonly build?: unknown } | null;
}

const SOURCE = /\.[cm]?[jt]sx?$|^tsconfig.*\.json$/;
/** A package without a build script may well run its JavaScript as it is. */
const TYPESCRIPT = /(?<!\.d)\.[cm]?tsx?$/;
const FILES_LOOKED_AT = 20_000;

/** The folder of the package that a path leads to; undefined for a package's name, or where there is no package. */
export function packageFolder(specifier: string, directory: string): string | undefined {
  const path = specifier.startsWith("file:") ? fileURLToPath(specifier) : specifier;
  if (!/^(\.{0,2}[\\/]|[A-Za-z]:[\\/]|\.{1,2}$)/.test(path)) return undefined;
  for (let folder = resolve(directory, path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Looks at a package's build; undefined where there is none: it is installed, or runs its sources as they are. */
export async function inspectBuild(folder: string): Promise<PackageBuild | undefined> {
  if (folder.split(sep).includes("node_modules")) return undefined;
  const manifest = readManifest(folder);
  const output = manifest === undefined ? undefined : outputOf(manifest);
  if (manifest === undefined || output === undefined) return undefined;
  const canBuild = typeof manifest.scripts?.build === "string";
  const source = await newestFile(folder, (name) => (canBuild ? SOURCE : TYPESCRIPT).test(name), output);
  const built = await newestFile(join(folder, output), () => true);
  const name = typeof manifest.name === "string" ? manifest.name : folder;
  return { name, folder, canBuild, staleness: stalenessOf(folder, output, source, built) };
}

interface FoundFile {
  readonly path: string;
  readonly changedAt: number;
}

function stalenessOf(
  folder: string,
  output: string,
  source: FoundFile | undefined,
  built: FoundFile | undefined,
): string | undefined {
  if (source === undefined) return undefined;
  if (built === undefined) return `there is no ${output} yet`;
  if (source.changedAt <= built.changedAt) return undefined;
  return `${relative(folder, source.path)} is newer than ${output}`;
}

function readManifest(folder: string): Manifest | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null ? manifest : undefined;
  } catch {
    // Whoever loads the package says what is wrong with it.
    return undefined;
  }
}

/** The directory in a package that its main file is built into; undefined for a main file beside package.json. */
function outputOf({ main, exports }: Manifest): string | undefined {
  const file = mainFile(exports) ?? main;
  if (typeof file !== "string") return undefined;
  const [first, ...rest] = file.split("/").filter((part) => part !== ".");
  return rest.length === 0 ? undefined : first;
}

function mainFile(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return undefined;
  const { ".": root, default: other, import: module } = exports as Readonly<Record<string, unknown>>;
  return mainFile(root) ?? mainFile(module) ?? mainFile(other);
}

/** The file below a folder that was changed last; dependencies, hidden files and `skipped` do not count. */
async function newestFile(
  folder: string,
  counts: (name: string) => boolean,
  skipped?: string,
): Promise<FoundFile | undefined> {
  let newest: FoundFile | undefined;
  let looked = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of await entriesOf(next)) {
      const path = join(next, entry.name);
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      if (entry.isDirectory() && path !== join(folder, skipped ?? ".")) folders.push(path);
      looked += 1;
      if (!entry.isFile() || !counts(entry.name) || looked > FILES_LOOKED_AT) continue;
      const changedAt = (await stat(path)).mtimeMs;
      if (newest === undefined || changedAt > newest.changedAt) newest = { path, changedAt };
    }
  }
  return newest;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}
