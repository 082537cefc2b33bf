import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { RefusedError } from "../client/client-errors.js";
import type { Imported } from "./import-files.js";

/**
 * Writes a features file for each namespace, `<directory>/<namespace>/features.yaml`, all or none where one is there.
 * @throws RefusedError where there is one already, and it is not to be replaced
 */
export async function writeFiles(
  { namespaces }: Imported,
  directory: string,
  isReplacing: boolean,
): Promise<readonly string[]> {
  const files = namespaces.map(({ key, text }) => ({ path: join(directory, key, "features.yaml"), text }));
  const existing = files.find(({ path }) => existsSync(path));
  if (existing !== undefined && !isReplacing) {
    throw new RefusedError(
      `${existing.path} exists already; nothing was written: give --replace, or another directory`,
    );
  }
  for (const { path, text } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, text);
  }
  return files.map(({ path }) => path);
}
