import { mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isFeaturesPath } from "@vexil/flags/read/feature-paths";
import writeFileAtomic from "write-file-atomic";
import { RefusedError } from "../client/client-errors.js";
import type { Imported } from "./import-files.js";
import { featuresDocument } from "./to/features-yaml.js";

/**
 * Writes a features file for each namespace, all or none where one is there: `<directory>/<namespace>/features.yaml`, or
 * the one that is replaced, which may have one of the other names.
 * @throws RefusedError where there is one already, and it is not to be replaced
 */
export async function writeFiles(
  { namespaces }: Imported,
  directory: string,
  isReplacing: boolean,
): Promise<readonly string[]> {
  const files: { readonly path: string; readonly text: string }[] = [];
  for (const namespace of namespaces) {
    const path = await featuresFile(directory, namespace.key, isReplacing);
    const isJson = path.endsWith(".json");
    files.push({ path, text: isJson ? `${JSON.stringify(featuresDocument(namespace), null, 2)}\n` : namespace.text });
  }
  for (const { path, text } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, text);
  }
  return files.map(({ path }) => path);
}

/** The one file that a namespace may have here: a second one would be served, too. */
async function featuresFile(directory: string, key: string, isReplacing: boolean): Promise<string> {
  const folder = join(directory, key);
  const [found, ...others] = (await namesIn(folder)).filter((name) => isFeaturesPath(`${key}/${name}`)).sort();
  if (found === undefined) return join(folder, "features.yaml");
  if (others.length > 0) {
    const names = [found, ...others].join(" and ");
    throw new RefusedError(`${folder} has ${names}; nothing was written: leave one of them, or give another directory`);
  }
  const path = join(folder, found);
  if (isReplacing) return path;
  throw new RefusedError(`${path} exists already; nothing was written: give --replace, or another directory`);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}
