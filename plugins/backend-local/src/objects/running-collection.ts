import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";

/** As git (builtin/gc.c): whatever is older was left behind. */
const STALE_MS = 12 * 3_600_000;

/**
 * The `git gc` that is under way, told from others.
 * @param pidFile the repository's `gc.pid`, which holds process and host
 * @returns undefined when there is none, or its process has ended
 */
export function runningCollection(pidFile: string): string | undefined {
  const stat = statSync(pidFile, { throwIfNoEntry: false });
  if (stat === undefined || Date.now() - stat.mtimeMs > STALE_MS) return undefined;
  const key = `${stat.ino} ${stat.mtimeMs}`;
  try {
    const [, pid, host] = /^(\d+) (\S+)/.exec(readFileSync(pidFile, "utf8")) ?? [];
    if (pid !== undefined && host === hostname()) process.kill(Number(pid), 0);
    return key;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === "ESRCH" || code === "ENOENT" ? undefined : key;
  }
}
