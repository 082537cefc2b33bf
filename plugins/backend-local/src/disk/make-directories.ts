import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "./disk-error.js";

/**
 * Makes a directory and those above it. Not Node's recursive `mkdir`, which never returns where the system answers
 * ENOENT although the directory above is there, as in /proc and below some automounts.
 * @param path absolute
 */
export function makeDirectories(path: string): void {
  const missing: string[] = [];
  for (let at = path; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  for (const directory of missing) {
    try {
      mkdirSync(directory);
    } catch (error) {
      // Somebody else made it in this moment.
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  }
}
