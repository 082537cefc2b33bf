import type { VexilError } from "@vexil/plugin-api";
import { blocked } from "../disk/disk-error.js";

/**
 * Names that mean git's own directory, or some place above: `.git` also as Windows and old FAT systems write it. Git
 * refuses the same (`verify_path` in read-cache.c, with `core.protectNTFS` and `core.protectHFS`).
 */
const UNSAFE = /^(?:|\.{1,2}|(?:\.git|git~1)[ .]*(?::.*)?)$/is;
/** Characters that HFS+ ignores in names (utf8.c, `next_hfs_char`). */
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Tells whether an entry of a tree would be written outside of the work tree, or into its repository: whoever may push could
 * put hooks and programs there.
 */
export function isUnsafeName(name: string): boolean {
  return name.includes("/") || UNSAFE.test(name) || UNSAFE.test(name.replace(IGNORED, ""));
}

export function unsafePath(path: string, commit: string): VexilError {
  return blocked(
    `commit ${commit} has the path ${JSON.stringify(path)}, which must not be checked out, and git refuses it too; remove it by another commit`,
  );
}

/** Such a path can be there only if it was put there by other means than a checkout. */
export function unsafePathHere(path: string, commit: string): VexilError {
  return blocked(
    `commit ${commit}, which is checked out, has the path ${JSON.stringify(path)}, which no checkout touches, and git refuses it too; clone the repository anew`,
  );
}

export function unreadablePath(path: string, commit: string): VexilError {
  return blocked(
    `commit ${commit} changes the file ${JSON.stringify(path)}, whose name is not UTF-8 and cannot be checked out by this daemon; check it out with "git pull" here, or rename it`,
  );
}
