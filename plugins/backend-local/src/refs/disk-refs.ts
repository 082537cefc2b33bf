import { rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Logger, Oid, RefName, RefStore, RefUpdate } from "@vexil/core/plugin";
import { syncDirectory } from "../disk/atomic-file.js";
import { blocked, corrupt, diskError, errnoOf, unsupported } from "../disk/disk-error.js";
import type { Permissions } from "../disk/permissions.js";
import { TimeSlice } from "../disk/time-slice.js";
import type { GitLocks, HeldLock } from "../locks/git-locks.js";
import type { RecentObjects } from "../objects/recent-objects.js";
import { checkedOutBranches } from "./checked-out.js";
import { listLooseRefs, readLooseRef } from "./loose-refs.js";
import { PackedRefs } from "./packed-refs.js";
import { requireRefName } from "./ref-name.js";
import type { Reflog } from "./reflog.js";

export interface DiskRefsOptions {
  readonly commonDirectory: string;
  readonly bare: boolean;
  /** The storage's branch: if its ref is damaged, that is an error and not an absent branch. */
  readonly branch: RefName;
  readonly locks: GitLocks;
  readonly reflog: Reflog;
  readonly recent: RecentObjects;
  readonly permissions: Permissions;
  readonly logger: Logger;
}

/** Refs that are locked and compared: they move, or are left as they were. */
export interface PreparedRefs {
  commit(): Promise<void>;
  release(): void;
}

/** Loose and packed refs, moved under git's own locks. */
export class DiskRefs implements RefStore {
  readonly #options: DiskRefsOptions;
  readonly #directory: string;
  readonly #packed: PackedRefs;
  readonly #reported = new Set<string>();

  constructor(options: DiskRefsOptions) {
    this.#options = options;
    this.#directory = options.commonDirectory;
    this.#packed = new PackedRefs(options.commonDirectory);
  }

  async list(prefix: string): Promise<ReadonlyMap<RefName, Oid>> {
    const slice = new TimeSlice();
    const loose = new Map<RefName, Oid | undefined>();
    for (const [ref, value] of listLooseRefs(this.#directory, prefix)) {
      if (value.type === "oid") loose.set(ref, value.oid);
      if (value.type === "symbolic") loose.set(ref, undefined);
      if (value.type === "broken") {
        if (ref === this.#options.branch || ref === prefix) throw broken(value.path);
        this.#reportBroken(value.path);
        loose.set(ref, undefined);
      }
      await slice.pause();
    }
    // Packed ones are read last: `git pack-refs` writes them before it removes the files.
    const found = new Map<RefName, Oid>();
    for (const [ref, oid] of this.#packed.read()) if (ref.startsWith(prefix) && !loose.has(ref)) found.set(ref, oid);
    for (const [ref, oid] of loose) if (oid !== undefined) found.set(ref, oid);
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_CORRUPT, VEXIL_UNAVAILABLE_REPOSITORY for a symbolic ref */
  read(ref: RefName): Oid | undefined {
    const value = readLooseRef(this.#directory, ref);
    if (value.type === "oid") return value.oid;
    if (value.type === "broken") throw broken(value.path);
    if (value.type === "symbolic") throw unsupported(`${ref} is a symbolic ref to ${value.target}; it is not followed`);
    return this.#packed.read().get(ref);
  }

  /** Whether nobody edits files of the main repository's own; linked work trees are apart. */
  get bare(): boolean {
    return this.#options.bare;
  }

  /** To be called before locks are taken for a move. */
  async secureObjects(): Promise<void> {
    await this.#options.recent.secure();
  }

  async compareAndSwap(updates: readonly RefUpdate[]): Promise<boolean> {
    const { bare } = this.#options;
    const busy = checkedOutBranches(this.#directory, bare);
    for (const { ref } of updates) {
      const place = busy.get(ref);
      if (place !== undefined) throw blocked(`${ref} is checked out in ${place}, where people work; it is not moved`);
    }
    await this.#options.recent.secure();
    const prepared = await this.prepare(updates);
    if (prepared === undefined) return false;
    await prepared.commit();
    return true;
  }

  /**
   * Takes the locks of all refs and compares.
   * @returns undefined when a ref is not at its old value; nothing is held then
   */
  async prepare(updates: readonly RefUpdate[]): Promise<PreparedRefs | undefined> {
    const held = new Map<RefName, HeldLock>();
    const release = (): void => {
      for (const lock of held.values()) lock.release();
    };
    try {
      for (const { ref } of updates) requireRefName(ref);
      // Always in the same order, so that two writers never wait for each other.
      for (const update of [...updates].sort((a, b) => (a.ref < b.ref ? -1 : 1))) {
        if (held.has(update.ref)) throw unsupported(`${update.ref} is to be moved twice at once`);
        held.set(update.ref, await this.#lock(update));
      }
      if (updates.some(({ ref, old }) => this.read(ref) !== old)) {
        release();
        return undefined;
      }
      this.#checkNames(updates);
      const packed = await this.#lockPacked(updates);
      if (packed !== undefined) held.set("packed-refs", packed);
      return { commit: () => this.#commit(updates, held), release };
    } catch (error) {
      release();
      throw diskError(error, "move refs");
    }
  }

  async #lock({ ref, new: next }: RefUpdate): Promise<HeldLock> {
    const path = join(this.#directory, ref);
    const content = next === undefined ? undefined : Buffer.from(`${next}\n`, "latin1");
    for (let attempt = 0; ; attempt += 1) {
      try {
        this.#options.permissions.makeDirectory(dirname(path));
        return await this.#options.locks.acquire(path, content);
      } catch (error) {
        // Whoever deletes a ref removes directories that are left empty.
        if (errnoOf(error) === "ENOENT" && attempt < 5) continue;
        if (["ENOTDIR", "EEXIST"].includes(errnoOf(error) ?? "")) {
          throw unsupported(`${ref} cannot be made: a ref with the name of one of its directories exists`, error);
        }
        throw error;
      }
    }
  }

  /** A ref cannot be a directory of other refs. */
  #checkNames(updates: readonly RefUpdate[]): void {
    const gone = new Set(updates.filter((update) => update.new === undefined).map(({ ref }) => ref));
    for (const { ref, old, new: next } of updates) {
      if (next === undefined || old !== undefined) continue;
      const packed = [...this.#packed.read().keys()];
      const loose = [...listLooseRefs(this.#directory, `${ref}/`)].map(([name]) => name);
      const below = [...packed, ...loose].find((name) => name.startsWith(`${ref}/`));
      const above = packed.find((name) => ref.startsWith(`${name}/`) && !gone.has(name));
      const other = below ?? above;
      if (other !== undefined) throw unsupported(`${ref} cannot be made: the ref ${other} exists`);
      if (below === undefined) removeEmptyDirectories(join(this.#directory, ref));
    }
  }

  /** Deleting a ref that is packed rewrites the packed ones. */
  async #lockPacked(updates: readonly RefUpdate[]): Promise<HeldLock | undefined> {
    const gone = new Set(updates.filter((update) => update.new === undefined).map(({ ref }) => ref));
    if (![...gone].some((ref) => this.#packed.read().has(ref))) return undefined;
    const lock = await this.#options.locks.acquire(this.#packed.path);
    try {
      await lock.write(this.#packed.without(gone));
      return lock;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  async #commit(updates: readonly RefUpdate[], held: ReadonlyMap<RefName, HeldLock>): Promise<void> {
    const touched = new Set<string>([this.#directory]);
    try {
      for (const { ref, old, new: next, reason } of updates) {
        if (next !== undefined && next !== old) this.#options.reflog.append(this.#directory, ref, old, next, reason);
      }
      held.get("packed-refs")?.commit();
      for (const { ref, new: next } of updates) {
        const path = join(this.#directory, ref);
        touched.add(dirname(path));
        if (next !== undefined) held.get(ref)?.commit();
        else {
          rmSync(path, { force: true });
          this.#options.reflog.remove(this.#directory, ref);
        }
      }
    } catch (error) {
      throw diskError(error, "move refs");
    } finally {
      for (const lock of held.values()) lock.release();
    }
    this.#options.recent.watch();
    for (const directory of touched) await syncDirectory(directory);
    for (const { ref, new: next } of updates) {
      if (next === undefined) removeEmptyParents(join(this.#directory, ref), join(this.#directory, "refs"));
    }
  }

  #reportBroken(path: string): void {
    if (this.#reported.has(path)) return;
    this.#reported.add(path);
    this.#options.logger.log("warn", "ref.broken", "a ref is damaged and ignored", { path });
  }
}

function broken(path: string): Error {
  return corrupt(
    `${path} is damaged: it holds no object id; write the branch's commit into it ("git reflog" knows it)`,
  );
}

/** Directories are made for refs and stay behind empty; a ref may take such a name. */
function removeEmptyDirectories(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "ENOTEMPTY"].includes(errnoOf(error) ?? "")) throw error;
  }
}

/** `refs/heads` and its like stay. */
function removeEmptyParents(path: string, refs: string): void {
  for (let parent = dirname(path); dirname(dirname(parent)).startsWith(refs); parent = dirname(parent)) {
    try {
      rmdirSync(parent);
    } catch {
      return;
    }
  }
}
