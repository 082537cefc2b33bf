import { join } from "node:path";
import type { Logger } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api";
import { findLayout, type Layout } from "../repository/layout.js";
import { readConfig, workTreeOf } from "../repository/open-repository.js";
import { DirectoryWalk } from "../work-tree/directory-walk.js";
import { existingParent, gitTargets, pathTargets } from "./watch-targets.js";
import { type NameFilter, WatchedDirectories } from "./watched-directories.js";

/** Changes within this time are told once: git and editors touch several files for one change. */
const GATHER_MS = 10;
/** Directories are looked for anew at most this often. */
const REFRESH_MS = 200;
/** More than this are too many to watch one by one. */
const MAX_DIRECTORIES = 50_000;

/** Tells when something in or around a repository changed: its refs, its files, or the way to it. */
export class DirectoryWatch {
  readonly #path: string;
  readonly #changed: () => void;
  readonly #logger: Logger;
  readonly #watched: WatchedDirectories;
  #walk: { readonly root: string; readonly walk: DirectoryWalk } | undefined;
  #announcing: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> | undefined;
  #refreshAgain = false;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #ended = false;

  /** @param path as the setting has it, absolute; it may lead over links */
  constructor(path: string, changed: () => void, logger: Logger, signal: AbortSignal) {
    this.#path = path;
    this.#changed = changed;
    this.#logger = logger;
    this.#watched = new WatchedDirectories(logger, (type) => {
      this.#announce();
      if (type === "rename") this.#refresh();
    });
    if (signal.aborted) {
      this.#ended = true;
      return;
    }
    signal.addEventListener("abort", () => this.#end(), { once: true });
    this.#refresh();
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#announcing);
    this.#watched.close();
  }

  #announce(): void {
    this.#announcing ??= setTimeout(() => {
      this.#announcing = undefined;
      if (!this.#ended) this.#changed();
    }, GATHER_MS).unref();
  }

  /** One at a time; what is asked for meanwhile is done once more. */
  #refresh(): void {
    if (this.#refreshing !== undefined) {
      this.#refreshAgain = true;
      return;
    }
    const wait = Math.max(0, this.#refreshedAt + REFRESH_MS - performance.now());
    this.#refreshing = new Promise<void>((resolve) => {
      setTimeout(resolve, wait).unref();
    })
      .then(() => this.#setDirectories())
      .catch((error: unknown) => {
        const fields = { path: this.#path, error: error instanceof Error ? error.message : String(error) };
        this.#logger.log("warn", "watch.failed", "the directory cannot be watched at the moment", fields);
      })
      .finally(() => {
        this.#refreshedAt = performance.now();
        this.#refreshing = undefined;
        if (!this.#refreshAgain || this.#ended) return;
        this.#refreshAgain = false;
        this.#refresh();
      });
  }

  async #setDirectories(): Promise<void> {
    if (this.#ended) return;
    this.#refreshAgain = false;
    const slice = new TimeSlice();
    const targets = await this.#targets(slice);
    const added = await this.#watched.set(targets, () => slice.pause());
    if (this.#ended) return this.#watched.close();
    // What happened in a directory before it was watched was not told.
    if (added) this.#announce();
  }

  async #targets(slice: TimeSlice): Promise<ReadonlyMap<string, NameFilter>> {
    const targets = new Map<string, NameFilter>(pathTargets(this.#path));
    const layout = this.#layout();
    if (layout === undefined) {
      // Perhaps somebody is just about to clone.
      for (const place of [existingParent(this.#path), this.#path, join(this.#path, ".git")]) {
        targets.set(place, undefined);
      }
      return targets;
    }
    for (const [path, filter] of gitTargets(layout)) targets.set(path, filter);
    const root = workTreeOf(layout, readConfig(layout));
    if (root === undefined) return targets;
    if (this.#walk?.root !== root) {
      const exclude = join(layout.commonDirectory, "info", "exclude");
      this.#walk = { root, walk: new DirectoryWalk(`${root}/`, exclude) };
    }
    const listings = await this.#walk.walk.walk(slice);
    for (const { directory } of listings.slice(0, MAX_DIRECTORIES)) {
      targets.set(join(root, directory).replace(/\/$/, ""), directory === "" ? (name) => name !== ".git" : undefined);
    }
    return targets;
  }

  /** undefined while the way leads nowhere. */
  #layout(): Layout | undefined {
    try {
      return findLayout(this.#path);
    } catch {
      return undefined;
    }
  }
}
