import type { Logger, Oid } from "@vexil/plugin-api";
import type { TreeChange, TreeFile } from "../objects/tree-reader.js";
import type { IndexFile } from "./index-file.js";
import { type NewEntry, patchIndex } from "./index-patch.js";
import { hashWorkFile, lookAtWorkFile, lstatOf } from "./work-file.js";
import type { WorkTreeParts } from "./work-tree-parts.js";

/** Updates that are remembered, and for how long: a command that began before them has ended by then. */
const KEPT = 16;
const KEPT_MS = 60_000;
/**
 * An entry that an update made may be taken out on purpose; not by a command that writes the index so soon after that it
 * had most likely read it before.
 */
const MADE_MS = 10_000;

interface Made {
  /** Undefined: there was no entry. */
  readonly before: Buffer | undefined;
  readonly after: TreeFile | undefined;
  /** Epoch. */
  readonly atMs: number;
}

/**
 * Entries of the index that a user's command wrote back as they were before an update, having read the index before it:
 * `git stash` and programs like it lock the index after reading it. Left alone, they would refuse further updates of
 * these files, and the user's next commit would undo those that were made.
 */
export class StaleIndex {
  readonly #parts: WorkTreeParts;
  readonly #logger: Logger;
  /** The last updates, newest first. */
  #made: readonly ReadonlyMap<string, Made>[] = [];
  /** The index in which nothing was stale. */
  #sound = "";

  constructor(parts: WorkTreeParts, logger: Logger) {
    this.#parts = parts;
    this.#logger = logger;
  }

  /**
   * Remembers an update that is made.
   * @param index as it was before
   */
  made(index: IndexFile, changes: ReadonlyMap<string, TreeChange>): void {
    const atMs = Date.now();
    const entries = [...changes].map(
      ([path, { after }]) => [path, { before: entryOf(index, path), after, atMs }] as const,
    );
    this.#made = [new Map(entries), ...this.#recent().slice(0, KEPT - 1)];
  }

  /**
   * Sets stale entries to what the commit has. What keeps it from that, a full disk say, is told by what is done next.
   * @returns `busy`: there are some, but a command is at work
   */
  async mend(signal: AbortSignal): Promise<"sound" | "mended" | "busy"> {
    const paths = await this.#mend(signal).catch(() => []);
    if (paths === "busy") return paths;
    if (paths.length === 0) return "sound";
    const message = "entries of the index that a concurrent git command took back were restored";
    this.#logger.log("warn", "index.restored", message, { paths });
    return "mended";
  }

  async #mend(signal: AbortSignal): Promise<readonly string[] | "busy"> {
    const { index, guard, locks, activity } = this.#parts;
    this.#made = this.#recent();
    const key = index.key();
    if (this.#made.length === 0 || key === this.#sound) return [];
    const head = guard.head();
    const current = index.read();
    if (head.blocked !== undefined || head.commit === undefined || current === undefined) return [];
    const entries = await this.#staleEntries(current, head.commit);
    if (entries.size === 0) {
      this.#sound = key;
      return [];
    }
    await activity.waitUntilQuiet(signal);
    const patched = patchIndex(current, entries);
    const lock = await locks.ready(index.path, patched);
    try {
      if (!activity.isQuiet || !lock.tryTake()) return "busy";
      if (index.key() !== key || guard.head().commit !== head.commit) return "busy";
      // Entries that git must look at again, because they are as young as the index, stay as young as the index.
      lock.rewrite(patched, lstatOf(index.path)?.mtime);
      lock.commit();
      activity.written();
      await lock.sync();
      return [...entries.keys()];
    } finally {
      lock.release();
    }
  }

  async #staleEntries(index: IndexFile, commit: Oid): Promise<ReadonlyMap<string, NewEntry | undefined>> {
    const stale = new Map<string, TreeFile | undefined>();
    const looked = new Set<string>();
    for (const update of this.#made) {
      for (const [path, { after }] of update) {
        if (looked.has(path)) continue;
        looked.add(path);
        if (this.#isStale(index, path, after)) stale.set(path, after);
      }
    }
    const entries = new Map<string, NewEntry | undefined>();
    if (stale.size === 0) return entries;
    const committed = await this.#parts.trees.list(commit);
    for (const [path, after] of stale) {
      if (!same(committed.get(path), after)) continue;
      entries.set(path, after === undefined ? undefined : { ...after, stat: await this.#statOf(path, after) });
    }
    return entries;
  }

  #isStale(index: IndexFile, path: string, after: TreeFile | undefined): boolean {
    if (same(index.get(path), after)) return false;
    const entry = entryOf(index, path);
    const writtenMs = Number(lstatOf(this.#parts.index.path)?.ctimeMs ?? 0);
    // Down to the times of a file that is no more: nobody stages that anew.
    return this.#made.some((update) => {
      const made = update.get(path);
      if (made === undefined) return false;
      if (entry === undefined) return made.before === undefined && writtenMs - made.atMs < MADE_MS;
      return made.before?.equals(entry) === true;
    });
  }

  /** The stat of a file that holds this; git looks into one without. */
  async #statOf(path: string, { oid, mode }: TreeFile): Promise<NewEntry["stat"]> {
    const found = lookAtWorkFile(this.#parts.root, path);
    if (found.type !== "file" || found.mode !== mode) return undefined;
    return (await hashWorkFile(this.#parts.root, path, mode)) === oid ? found.stat : undefined;
  }

  #recent(): readonly ReadonlyMap<string, Made>[] {
    const oldestMs = Date.now() - KEPT_MS;
    return this.#made.filter((update) => [...update.values()].some(({ atMs }) => atMs > oldestMs));
  }
}

function entryOf(index: IndexFile, path: string): Buffer | undefined {
  const { at, entries } = index.range(path);
  const [first] = entries;
  return first === undefined ? undefined : Buffer.from(index.bytes.subarray(at, at + first.length));
}

function same(entry: { readonly oid: string; readonly mode: number } | undefined, file: TreeFile | undefined): boolean {
  return entry?.oid === file?.oid && entry?.mode === file?.mode;
}
