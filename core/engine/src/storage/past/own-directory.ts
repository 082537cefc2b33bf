import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes the directory of a file if it is missing, and none above it: a repository that is moved away is not to come to
 * be anew around what the daemon keeps in it.
 */
export async function makeOwnDirectory(file: string): Promise<void> {
  try {
    await mkdir(dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
