import { errnoOf } from "./disk-error.js";

/**
 * Result of a file operation; undefined where nothing is at its path.
 * @param also errors that mean the same here, such as `ENOTDIR`: a part of the path is no directory
 */
export function ifThere<T>(operation: () => T, ...also: readonly string[]): T | undefined {
  try {
    return operation();
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (errno === "ENOENT" || also.includes(errno)) return undefined;
    throw error;
  }
}
