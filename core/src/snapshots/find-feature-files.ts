import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { VexilError } from "../errors/vexil-error.js";
import { comparePaths, SETTINGS_NAMES } from "../features/feature-paths.js";

const FEATURES = /^features\.(?:yaml|yml|json)$/;

/** Flag files at or below a path of the file system; symbolic links and git's own directory are not followed. */
export async function findFeatureFiles(target: string): Promise<{
  readonly features: readonly string[];
  readonly settings: readonly string[];
}> {
  if (!(await isDirectory(target))) {
    const isSettings = SETTINGS_NAMES.some((name) => target === name || target.endsWith(`/${name}`));
    return isSettings ? { features: [], settings: [target] } : { features: [target], settings: [] };
  }
  const features: string[] = [];
  await walk(target, features);
  const names = new Set((await readdir(target)).filter((name) => SETTINGS_NAMES.includes(name)));
  const settings = SETTINGS_NAMES.filter((name) => names.has(name)).slice(0, 1);
  return { features: features.sort(comparePaths), settings: settings.map((name) => join(target, name)) };
}

async function walk(directory: string, found: string[]): Promise<void> {
  const entries: readonly Dirent[] = await readdir(directory, { withFileTypes: true });
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && entry.name !== ".git") await walk(path, found);
    else if (entry.isFile() && FEATURES.test(entry.name)) found.push(path);
  }
}

async function isDirectory(target: string): Promise<boolean> {
  try {
    return (await stat(target)).isDirectory();
  } catch (error) {
    throw new VexilError("VEXIL_NOT_FOUND", `${target} does not exist or cannot be read`, { cause: error });
  }
}
