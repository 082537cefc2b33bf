import { type FSWatcher, statSync, watch } from "node:fs";
import type { Logger } from "@vexil/plugin-api";
import { errnoOf } from "../disk/disk-error.js";

/** Which names in a directory matter; undefined: all do. */
export type NameFilter = ((name: string) => boolean) | undefined;

interface Watched {
  readonly watcher: FSWatcher;
  readonly inode: string;
  filter: NameFilter;
}

/** Some directories, each watched by itself. What the system's limits do not allow is left out. */
export class WatchedDirectories {
  readonly #logger: Logger;
  readonly #notify: (type: "change" | "rename") => void;
  readonly #watched = new Map<string, Watched>();
  #limited = false;

  /** @param notify `rename`: names came or went, so that other directories may have to be watched */
  constructor(logger: Logger, notify: (type: "change" | "rename") => void) {
    this.#logger = logger;
    this.#notify = notify;
  }

  /**
   * Watches exactly these directories; one that was made anew is watched anew.
   * @returns whether any is new
   */
  async set(wanted: ReadonlyMap<string, NameFilter>, pause: () => Promise<void>): Promise<boolean> {
    let added = false;
    for (const [path, { watcher }] of this.#watched) {
      if (wanted.has(path)) continue;
      watcher.close();
      this.#watched.delete(path);
    }
    for (const [path, filter] of wanted) {
      const inode = inodeOf(path);
      const known = this.#watched.get(path);
      if (known !== undefined && known.inode === inode) {
        known.filter = filter;
        continue;
      }
      known?.watcher.close();
      this.#watched.delete(path);
      if (inode !== undefined && this.#add(path, inode, filter)) added = true;
      await pause();
    }
    return added;
  }

  close(): void {
    for (const { watcher } of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }

  #add(path: string, inode: string, filter: NameFilter): boolean {
    if (this.#limited) return false;
    try {
      const watcher = watch(path, { persistent: false });
      const entry: Watched = { watcher, inode, filter };
      watcher.on("change", (type, name) => {
        if (typeof name === "string" && entry.filter?.(name) === false) return;
        this.#notify(type === "rename" ? "rename" : "change");
      });
      watcher.on("error", () => {
        watcher.close();
        if (this.#watched.get(path) === entry) this.#watched.delete(path);
        this.#notify("rename");
      });
      this.#watched.set(path, entry);
      return true;
    } catch (error) {
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return false;
      this.#limited = true;
      const fields = { path, code: errnoOf(error), watched: this.#watched.size };
      const message = "not all directories can be watched; changes in the others are noticed by the next rebuild";
      this.#logger.log("warn", "watch.limited", message, fields);
      return false;
    }
  }
}

function inodeOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}
