import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * An obstacle to keeping files in a directory.
 * @example { place: "/var/lib", code: "EACCES" }
 */
export interface WriteObstacle {
  /** The directory, or the nearest one above it that is there. */
  readonly place: string;
  /** The system's code, `EACCES`, `EROFS` or `ENOTDIR`. */
  readonly code: string;
}

/**
 * Tells whether this process could keep files in a directory, or make it; undefined where it could.
 * @example writeObstacle("/var/lib/vexil/trail")?.code
 */
export function writeObstacle(path: string): WriteObstacle | undefined {
  const place = existing(resolve(path));
  if (!statSync(place).isDirectory()) return { place, code: "ENOTDIR" };
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return { place, code: (error as NodeJS.ErrnoException).code ?? "EACCES" };
  }
}

function existing(path: string): string {
  const parent = dirname(path);
  return existsSync(path) || parent === path ? path : existing(parent);
}
