import { lstat, mkdir, open, readdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Whoever serves the files is another user, whatever the daemon's umask. */
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;
/** Beginning of the names of what is not whole yet; leftovers of it are removed. */
const UNFINISHED = ".new-";

/** Makes entries of a directory last. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Makes a directory, and those above it that are missing. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    const directory = await open(made, "r");
    try {
      await directory.chmod(DIRECTORY_MODE);
      await directory.sync();
    } finally {
      await directory.close();
    }
    if (made === first) break;
  }
  await syncDirectory(dirname(first));
}

/**
 * Puts a file in place, whole and on the disk; its entry in the directory is not made to last yet.
 * @param seconds since 1970, its time of modification
 */
export async function putFile(path: string, content: string | Buffer, seconds?: number): Promise<void> {
  const next = besides(path);
  const file = await open(next, "w", FILE_MODE);
  try {
    await file.writeFile(content);
    await file.chmod(FILE_MODE);
    if (seconds !== undefined) await file.utimes(seconds, seconds);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(next, path);
}

/** Has a link lead to a target, at one stroke. */
export async function putLink(path: string, target: string): Promise<void> {
  if ((await targetOf(path)) === target) return;
  const next = besides(path);
  await rm(next, { force: true });
  await symlink(target, next);
  await rename(next, path);
  await syncDirectory(dirname(path));
}

/** Target of a link; undefined: there is none. */
export async function targetOf(path: string): Promise<string | undefined> {
  return readlink(path).catch(() => undefined);
}

/** Makes a directory that is there as a whole or not at all. */
export async function putDirectory(path: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  const next = besides(path);
  await rm(next, { recursive: true, force: true });
  await makeDirectory(next);
  await fill(next);
  await syncDirectory(next);
  await rename(next, path);
  await syncDirectory(dirname(path));
}

/** Names in a directory; those of what was not finished are removed. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory);
  for (const name of names) {
    if (name.startsWith(UNFINISHED)) await rm(join(directory, name), { recursive: true, force: true });
  }
  return names.filter((name) => !name.startsWith("."));
}

/** Bytes of a file, and the second of its modification; undefined: there is none. */
export async function factsOf(path: string): Promise<{ readonly size: number; readonly seconds: number } | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() === true ? { size: found.size, seconds: Math.floor(found.mtimeMs / 1000) } : undefined;
}

function besides(path: string): string {
  return join(dirname(path), `${UNFINISHED}${path.slice(dirname(path).length + 1)}`);
}
