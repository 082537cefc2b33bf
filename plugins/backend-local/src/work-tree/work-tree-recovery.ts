import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { syncDirectory } from "../disk/atomic-file.js";
import type { GitLock } from "../locks/git-locks.js";
import type { TreeChange, TreeFile } from "../objects/tree-reader.js";
import type { JournalEntry } from "./apply-journal.js";
import { SUBMODULE } from "./file-mode.js";
import { IndexFile } from "./index-file.js";
import { type NewEntry, patchIndex } from "./index-patch.js";
import { removeEmptyParents } from "./replace-files.js";
import { StagedFiles } from "./staged-files.js";
import { hashWorkFile, lookAtWorkFile, lstatOf } from "./work-file.js";
import type { WorkTreeParts } from "./work-tree-parts.js";

export type Recovered = "none" | "finished" | "undone";

/**
 * Finishes or undoes an interrupted update. A file or index entry is touched only if it is exactly what the update had
 * made of it, or had found: whatever else is there is a user's.
 */
export class WorkTreeRecovery {
  /** The boot of this machine: what was written before it is looked at with care. */
  readonly boot: string;
  readonly #parts: WorkTreeParts;
  #pending = false;

  constructor(parts: WorkTreeParts, boot: string) {
    this.#parts = parts;
    this.boot = boot;
  }

  /** True while an update is neither finished nor undone: it is before the next one, and its journal stays. */
  get isPending(): boolean {
    return this.#pending;
  }

  /** @param held the index's lock, if the caller has it; it is used up */
  async run(held?: GitLock): Promise<Recovered> {
    this.#pending = true;
    const recovered = await this.#recover(held);
    this.#pending = false;
    return recovered;
  }

  async #recover(held: GitLock | undefined): Promise<Recovered> {
    const { journal, gitDirectory, root, objects, refs } = this.#parts;
    const staged = new StagedFiles(gitDirectory, root, objects);
    staged.clear();
    const entry = journal.read();
    if (entry === undefined) return "none";
    const head = refs.read(entry.ref);
    // The branch moves last, so that all else was done; after a power cut it may be lost again.
    const finished = head === entry.new;
    if (!finished || entry.boot !== this.boot) {
      const lock = held ?? (await this.#parts.locks.acquire(this.#parts.index.path));
      try {
        await this.#restore(await this.#goals(entry, head), staged, lock, entry.boot !== this.boot);
      } finally {
        lock.release();
        staged.clear();
      }
    }
    await journal.remove();
    return finished ? "finished" : "undone";
  }

  /** Plans each path: from what the update left there to what the branch has. */
  async #goals(entry: JournalEntry, head: string | undefined): Promise<ReadonlyMap<string, TreeChange>> {
    const files = head === undefined ? new Map<string, TreeFile>() : await this.#parts.trees.list(head);
    const goals = new Map<string, TreeChange>();
    for (const [path, { before, after }] of entry.changes) {
      const goal = files.get(path);
      if (equal(goal, before)) goals.set(path, { before: after, after: before });
      else if (equal(goal, after)) goals.set(path, { before, after });
    }
    return goals;
  }

  /** @param cut the whole machine went down since */
  async #restore(
    goals: ReadonlyMap<string, TreeChange>,
    staged: StagedFiles,
    lock: GitLock,
    cut: boolean,
  ): Promise<void> {
    const { root, index } = this.#parts;
    const files: (readonly [string, TreeFile | undefined])[] = [];
    for (const [path, { before, after }] of goals) {
      if (before?.mode === SUBMODULE || after?.mode === SUBMODULE) continue;
      if (await this.#holds(path, before)) files.push([path, after]);
    }
    await staged.stage(new Map(files.flatMap(([path, file]) => (file === undefined ? [] : [[path, file] as const]))));
    for (const [path, file] of files) {
      if (file !== undefined) continue;
      rmSync(join(root, path), { force: true });
      removeEmptyParents(root, path);
    }
    for (const [path, file] of files) {
      if (file === undefined) continue;
      if (lookAtWorkFile(root, path).type === "file") staged.replace(path);
      else staged.create(path);
    }
    // A power cut may have torn the stat of its last entries: everything else was synced before it came to its place.
    const before = IndexFile.read(index.path, cut ? "unchecked" : "checked") ?? IndexFile.empty();
    const changes = new Map<string, NewEntry | undefined>();
    for (const [path, change] of goals) {
      const entry = before.get(path);
      const settled = equal(entry, change.after) && files.some(([name]) => name === path);
      if (!settled && !equal(entry, change.before)) continue;
      const found = lookAtWorkFile(root, path);
      const stat = found.type === "file" ? found.stat : undefined;
      changes.set(path, change.after === undefined ? undefined : { ...change.after, stat });
    }
    if (changes.size > 0 || cut) {
      const mtime = lstatOf(index.path)?.mtime;
      lock.rewrite(patchIndex(before, changes), mtime);
      await lock.sync();
      lock.commit();
    }
    for (const directory of new Set(files.map(([path]) => dirname(join(root, path))))) {
      if (lstatOf(directory) !== undefined) await syncDirectory(directory);
    }
    await syncDirectory(this.#parts.gitDirectory);
  }

  async #holds(path: string, file: TreeFile | undefined): Promise<boolean> {
    const found = lookAtWorkFile(this.#parts.root, path);
    if (file === undefined) return found.type === "absent";
    return found.type === "file" && (await hashWorkFile(this.#parts.root, path, found.mode)) === file.oid;
  }
}

function equal(
  a: { readonly oid: string; readonly mode: number } | undefined,
  b: { readonly oid: string; readonly mode: number } | undefined,
): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode;
}
