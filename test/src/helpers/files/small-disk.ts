import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Scope, temporaryDirectory } from "./temporary-directory.js";

/** A file system of a few megabytes. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves no byte free. */
  fill(): void;
  /** Makes room again. */
  empty(): void;
}

/** @returns a reason when it cannot be made here: only the superuser mounts, and containers often not even then */
export async function smallDisk(scope: Scope, megabytes = 8): Promise<SmallDisk | string> {
  const path = await temporaryDirectory(scope);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "vexil-test", path]);
  if (mounted.status !== 0) return `mount: ${mounted.stderr?.toString().trim() || mounted.error?.message}`;
  scope.teardown(() => spawnSync("umount", ["-l", path]));
  const filler = join(path, "filler");
  return {
    path,
    fill: () => {
      const fd = openSync(filler, "a");
      try {
        for (let size = 2 ** 20; size > 0; size = size === 1 ? 0 : size >> 4 || 1) {
          while (writes(fd, size));
        }
      } finally {
        closeSync(fd);
      }
    },
    empty: () => rmSync(filler, { force: true }),
  };
}

function writes(fd: number, size: number): boolean {
  try {
    return writeSync(fd, Buffer.alloc(size)) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
