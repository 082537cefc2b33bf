import { stat } from "node:fs/promises";
import { basename, extname, join, relative, resolve } from "node:path";
import type { PublicExplorer } from "cosmiconfig";
import * as explorerModule from "cosmiconfig/dist/Explorer.js";
import { configError } from "./config-error.js";
import { type ParsedConfig, parseConfig } from "./parse-config.js";

export interface FindOptions {
  /** `--config`. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export interface FoundConfig extends ParsedConfig {
  /** Absolute. */
  readonly file: string;
  /** How messages name it: as seen from the working directory where it lies below. */
  readonly shownAs: string;
}

const EXTENSIONS = ["yaml", "yml", "json", "toml"];

const loader = (format: "yaml" | "json" | "toml") => (file: string, text: string) => parseConfig(file, text, format);

// The class behind cosmiconfig(), which ships without types. That function first looks for options of its own in
// `.config/config.js` and the like of the process's working directory, and runs what it finds; a daemon must not
// execute its configuration.
const { Explorer } = explorerModule as unknown as {
  Explorer: new (options: Readonly<Record<string, unknown>>) => Pick<PublicExplorer, "load">;
};

const explorer = new Explorer({
  moduleName: "vexil",
  searchPlaces: [],
  ignoreEmptySearchPlaces: false,
  cache: false,
  transform: (result: unknown) => result,
  loaders: {
    ".yaml": loader("yaml"),
    ".yml": loader("yaml"),
    ".json": loader("json"),
    ".toml": loader("toml"),
    noExt: loader("yaml"),
  },
  metaConfigFilePath: null,
  mergeImportArrays: false,
  mergeSearchPlaces: false,
  searchStrategy: "none",
});

/**
 * Finds and parses the configuration file: `--config`, the working directory, the user's configuration directory,
 * `/etc/vexil`, then the places of the compatible system. The first that exists counts; one that exists and cannot be
 * read or parsed stops the start.
 * @returns undefined when there is none
 * @throws VexilError VEXIL_VALIDATION_CONFIG
 */
export async function findConfig(options: FindOptions): Promise<FoundConfig | undefined> {
  if (options.file !== undefined) {
    const file = resolve(options.cwd, options.file);
    const extension = extname(file).slice(1).toLowerCase();
    if (!EXTENSIONS.includes(extension) && !(extension === "" && basename(file).startsWith(".vexilrc"))) {
      throw configError(
        `Unsupported Config Type "${extension}": ${options.file} must end in .yaml, .yml, .json or .toml`,
      );
    }
    return (await load(file, options.cwd)) ?? empty(file, options.cwd);
  }
  for (const file of configPlaces(options.env, options.cwd)) {
    if (!(await exists(file))) continue;
    const found = await load(file, options.cwd);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Every place that is looked at without `--config`, in order. */
export function configPlaces(env: FindOptions["env"], cwd: string): readonly string[] {
  const names = ["package.json", ".vexilrc", ...EXTENSIONS.map((extension) => `vexil.${extension}`)];
  const own = EXTENSIONS.flatMap((extension) => [`config.${extension}`, `vexil.${extension}`]);
  const home = env.XDG_CONFIG_HOME || (env.HOME ? join(env.HOME, ".config") : undefined);
  return [
    ...names.map((name) => join(cwd, name)),
    ...(home === undefined ? [] : own.map((name) => join(home, "vexil", name))),
    ...own.map((name) => join("/etc/vexil", name)),
    ...(home === undefined ? [] : [join(home, "flipt", "config.yml")]),
    "/etc/flipt/config/default.yml",
  ];
}

function empty(file: string, cwd: string): FoundConfig {
  const below = relative(cwd, file);
  return { file, shownAs: below.startsWith("..") ? file : below, tree: {}, lines: new Map(), warnings: [] };
}

async function exists(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw unreadable(file, error);
  }
}

async function load(file: string, cwd: string): Promise<FoundConfig | undefined> {
  try {
    // A named pipe would be waited for without end.
    if (!(await stat(file)).isFile()) throw configError(`cannot read ${file}: it is no regular file`);
    const result = await explorer.load(file);
    if (result === null || result.config === null) return undefined;
    const parsed = result.config as ParsedConfig | undefined;
    return { ...empty(file, cwd), ...parsed };
  } catch (error) {
    if ((error as { code?: unknown }).code === "VEXIL_VALIDATION_CONFIG") throw error;
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  const reason =
    code === "ENOENT" ? "no such file" : code === "EACCES" ? "permission denied" : (error as Error).message;
  return configError(`cannot read ${file}: ${reason}`, error);
}
