import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import { isCasesPath, isFeaturesPath } from "@vexil/flags/read/feature-paths";

/** Editors write a file in several steps. */
const QUIET_MS = 100;

/**
 * Calls `changed` after each burst of changes to files of flags and cases below the directories, whatever program
 * writes them, and by whatever steps. Each folder is watched by itself: so a file that is put in another's place is
 * seen on every system.
 */
export function watchDirectories(directories: readonly string[], changed: () => void): void {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  const refresh = (): void => {
    const folders = new Set(directories.flatMap((directory) => foldersOf(directory)));
    for (const [folder, watcher] of watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of folders) {
      if (watchers.has(folder)) continue;
      const watcher = watch(folder, (event, name) => {
        // A folder that comes or goes has any name.
        const isOurs = name === null || event === "rename" || isFeaturesPath(`-/${name}`) || isCasesPath(`-/${name}`);
        if (isOurs) schedule();
      });
      watcher.on("error", () => schedule());
      watchers.set(folder, watcher);
    }
  };
  const schedule = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      refresh();
      changed();
    }, QUIET_MS);
  };
  refresh();
}

/** A folder and all below it; none where there is none. */
function foldersOf(folder: string): readonly string[] {
  try {
    const below = readdirSync(folder, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && entry.name !== ".git" && entry.name !== "node_modules",
    );
    return [folder, ...below.flatMap(({ name }) => foldersOf(join(folder, name)))];
  } catch {
    return [];
  }
}
