import { readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { errnoOf, unsupported } from "../disk/disk-error.js";

/** Where the parts of a repository lie, symbolic links resolved. */
export interface Layout {
  /** Directory that the setting names. */
  readonly root: string;
  /** HEAD and index. */
  readonly gitDirectory: string;
  /** Objects, refs and configuration: those of all work trees of the repository. */
  readonly commonDirectory: string;
  /** Tells this directory from another that takes its place. */
  readonly identity: string;
}

/**
 * Finds the repository of a directory: its `.git` directory or file, or the directory itself.
 * @returns undefined when there is none
 * @throws VexilError VEXIL_UNAVAILABLE_REPOSITORY when what is there leads nowhere
 */
export function findLayout(path: string): Layout | undefined {
  const root = realpathSync(path);
  const dotGit = join(root, ".git");
  const found = statOf(dotGit);
  if (found?.isDirectory()) return isRepository(dotGit) ? layoutOf(root, dotGit) : undefined;
  if (found?.isFile()) {
    const gitDirectory = resolve(root, readPointer(dotGit, "gitdir: "));
    if (!isRepository(gitDirectory)) {
      throw unsupported(`${dotGit} names ${gitDirectory}, which is no git directory; run "git worktree repair" there`);
    }
    return layoutOf(root, realpathSync(gitDirectory));
  }
  return isRepository(root) ? layoutOf(root, root) : undefined;
}

export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === "ENOTDIR") return undefined;
    if (errnoOf(error) === "EACCES") {
      throw unsupported(`cannot look into ${path}: permission denied; give the daemon's user access`, error);
    }
    throw error;
  }
}

/** As git's is_git_directory (setup.c): HEAD, and an object and a ref directory, perhaps those of `commondir`. */
function isRepository(directory: string): boolean {
  if (!statOf(join(directory, "HEAD"))?.isFile()) return false;
  const common = commonDirectoryOf(directory);
  return (
    statOf(join(common, "objects"))?.isDirectory() === true && statOf(join(common, "refs"))?.isDirectory() === true
  );
}

function layoutOf(root: string, gitDirectory: string): Layout {
  const { dev, ino } = statSync(gitDirectory, { bigint: true });
  return {
    root,
    gitDirectory,
    commonDirectory: realpathSync(commonDirectoryOf(gitDirectory)),
    identity: `${root}\0${dev}:${ino}`,
  };
}

function commonDirectoryOf(gitDirectory: string): string {
  const pointer = join(gitDirectory, "commondir");
  return statOf(pointer)?.isFile() ? resolve(gitDirectory, readPointer(pointer, "")) : gitDirectory;
}

function readPointer(path: string, prefix: string): string {
  const line = readFileSync(path, "utf8").replace(/[\r\n]+$/, "");
  if (!line.startsWith(prefix)) throw unsupported(`${path} does not start with "${prefix}"; it is not git's`);
  return line.slice(prefix.length);
}
