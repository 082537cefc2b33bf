import { folderOf } from "../read/feature-paths.js";

/** A features file by the namespaces that it defines. */
interface PlacedFile {
  readonly path: string;
  readonly namespaces: readonly string[];
}

/** Folder → the namespaces of its features files, each once: those that the tests files there are for. */
export function namespacesByFolder(files: Iterable<PlacedFile>): ReadonlyMap<string, ReadonlySet<string>> {
  const folders = new Map<string, Set<string>>();
  for (const { path, namespaces } of files) {
    const folder = folderOf(path);
    const known = folders.get(folder);
    if (known === undefined) folders.set(folder, new Set(namespaces));
    else for (const key of namespaces) known.add(key);
  }
  return folders;
}
