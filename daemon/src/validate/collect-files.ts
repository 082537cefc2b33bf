import { open, readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { isWantedPath } from "@vexil/flags/read/feature-paths";

/** Files that make one environment together. */
export interface FileSet {
  /** The directory they are of; absent for files that were named one by one. */
  readonly directory?: string;
  /** Path within the environment → the file. */
  readonly files: ReadonlyMap<string, FoundFile>;
}

export interface FoundFile {
  /** As messages name it. */
  readonly shownAs: string;
  readonly bytes: Uint8Array;
}

/**
 * Collects the files of `vexil validate`: each directory is an environment, all files named one by one are one more. Symlinks
 * are not followed, as in a repository.
 * @param isWanted tells which files of a directory count, by their path in it
 * @param limit bytes that are read of a file at most, plus one that tells it is longer
 */
export async function collectFiles(
  paths: readonly string[],
  limit: number,
  isWanted: (path: string) => boolean = (path) => isWantedPath("", path),
): Promise<readonly FileSet[]> {
  const sets: FileSet[] = [];
  const named = new Map<string, FoundFile>();
  for (const path of paths) {
    if ((await stat(path)).isDirectory())
      sets.push({ directory: path, files: await collectDirectory(path, limit, isWanted) });
    else named.set(pathOfNamed(path, named.size), { shownAs: path, bytes: await readAtMost(path, limit + 1) });
  }
  return named.size === 0 ? sets : [...sets, { files: named }];
}

async function collectDirectory(
  directory: string,
  limit: number,
  isWanted: (path: string) => boolean,
): Promise<ReadonlyMap<string, FoundFile>> {
  const files = new Map<string, FoundFile>();
  const walk = async (below: string): Promise<void> => {
    const entries = await readdir(join(directory, below), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== ".git") await walk(path);
      if (!entry.isFile() || !isWanted(path)) continue;
      const shownAs = join(directory, path);
      files.set(path, { shownAs, bytes: await readAtMost(shownAs, limit + 1) });
    }
  };
  await walk("");
  return files;
}

/** A file named by itself counts, whatever its name is and wherever it lies. */
function pathOfNamed(path: string, index: number): string {
  const name = basename(path);
  if (name === "flipt.yaml" || name === "flipt.yml") return name;
  const extension = extname(path).toLowerCase() === ".json" ? "json" : "yaml";
  return `${String(index).padStart(6, "0")}/features.${extension}`;
}

async function readAtMost(path: string, bytes: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(Math.min(bytes, (await file.stat()).size + 1));
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}
