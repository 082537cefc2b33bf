import { rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Oid, RefName, RefUpdate } from "@vexil/plugin-api";
import { syncDirectory } from "../disk/atomic-file.js";
import { errnoOf, unsupported } from "../disk/disk-error.js";
import { ifThere } from "../disk/if-there.js";
import type { Permissions } from "../disk/permissions.js";
import type { GitLock, GitLocks } from "../locks/git-locks.js";
import { listLooseRefs } from "./loose-refs.js";
import type { PackedRefs } from "./packed-refs.js";
import { requireRefName } from "./ref-name.js";
import type { Reflog } from "./reflog.js";

const TRIES = 5;
/** Locks whose files are made durable at the same time. */
const READY_AT_ONCE = 16;

export interface RefMoveParts {
  readonly directory: string;
  readonly locks: GitLocks;
  readonly packed: PackedRefs;
  readonly reflog: Reflog;
  readonly permissions: Permissions;
  readonly read: (ref: RefName) => Oid | undefined;
}

/** Some refs that are to move together. What takes time is done before their locks are taken, or after. */
export class RefMove {
  readonly #parts: RefMoveParts;
  readonly #updates: readonly RefUpdate[];
  /** Always in the same order, so that two writers never wait for each other. */
  readonly #locks: ReadonlyMap<RefName, GitLock>;
  #packedLock: GitLock | undefined;
  /** Directories that were made for it: their own names are to be durable, too. */
  readonly #made = new Set<string>();

  private constructor(parts: RefMoveParts, updates: readonly RefUpdate[], locks: ReadonlyMap<RefName, GitLock>) {
    this.#parts = parts;
    this.#updates = updates;
    this.#locks = locks;
  }

  /** Nothing is held yet. Whoever gets it calls `release` in the end. */
  static async ready(parts: RefMoveParts, updates: readonly RefUpdate[]): Promise<RefMove> {
    const locks = new Map<RefName, GitLock>();
    try {
      for (const { ref } of updates) requireRefName(ref);
      const sorted = [...updates].sort((a, b) => (a.ref < b.ref ? -1 : 1));
      const twice = sorted.find(({ ref }, index) => ref === sorted[index + 1]?.ref);
      if (twice !== undefined) throw unsupported(`${twice.ref} is to be moved twice at once`);
      // Each waits for the disk: many are made ready at the same time.
      for (let start = 0; start < sorted.length; start += READY_AT_ONCE) {
        const some = sorted.slice(start, start + READY_AT_ONCE).map(async ({ ref, new: next }) => {
          const content = next === undefined ? undefined : Buffer.from(`${next}\n`, "latin1");
          return { ref, lock: await parts.locks.ready(join(parts.directory, ref), content) };
        });
        for (const outcome of await Promise.allSettled(some)) {
          if (outcome.status === "fulfilled") locks.set(outcome.value.ref, outcome.value.lock);
        }
        await Promise.all(some);
      }
      return new RefMove(parts, updates, locks);
    } catch (error) {
      for (const lock of locks.values()) lock.release();
      throw error;
    }
  }

  /**
   * Takes the locks, waiting for those of others, and compares.
   * @returns false when a ref is not at its old value
   * @throws VexilError VEXIL_UNAVAILABLE_LOCKED
   */
  async take(): Promise<boolean> {
    for (const [ref, lock] of this.#locks) await this.#take(ref, () => lock.take());
    if (!this.isCurrent) return false;
    this.#checkNames();
    await this.#lockPacked();
    return true;
  }

  /**
   * Takes the locks if nobody else holds one; `isCurrent` is for the caller to ask. Refs are not deleted this way.
   * @returns the lock that somebody else holds
   */
  tryTake(): string | undefined {
    for (const [ref, lock] of this.#locks) {
      this.#makeDirectory(ref);
      if (!lock.tryTake()) return lock.path;
    }
    return undefined;
  }

  /** True if each ref is where it is expected. */
  get isCurrent(): boolean {
    return this.#updates.every(({ ref, old }) => this.#parts.read(ref) === old);
  }

  /** Moves the refs and gives their locks up. */
  commit(): void {
    const { directory, reflog } = this.#parts;
    try {
      for (const { ref, old, new: next, reason } of this.#updates) {
        if (next !== undefined && next !== old) reflog.append(directory, ref, old, next, reason);
      }
      this.#packedLock?.commit();
      for (const { ref, new: next } of this.#updates) {
        if (next !== undefined) this.#locks.get(ref)?.commit();
        else {
          rmSync(join(directory, ref), { force: true });
          reflog.remove(directory, ref);
        }
      }
    } finally {
      this.release();
    }
  }

  /** Makes what was committed durable. */
  async finish(): Promise<void> {
    const { directory } = this.#parts;
    const paths = this.#updates.map(({ ref }) => dirname(join(directory, ref)));
    const above = [...this.#made].flatMap((path) => pathsAbove(path, directory));
    const packed = this.#packedLock === undefined ? [] : [directory];
    await Promise.all([...new Set([...paths, ...above, ...packed])].map(syncDirectory));
    for (const { ref, new: next } of this.#updates) {
      if (next === undefined) removeEmptyParents(join(directory, ref), join(directory, "refs"));
    }
  }

  /** Gives the locks up; the move stays ready. */
  giveBack(): void {
    for (const lock of this.#locks.values()) lock.giveBack();
  }

  release(): void {
    this.#packedLock?.release();
    for (const lock of this.#locks.values()) lock.release();
  }

  #makeDirectory(ref: RefName): void {
    const { permissions, directory } = this.#parts;
    const path = dirname(join(directory, ref));
    if (permissions.makeDirectory(path, directory)) this.#made.add(path);
  }

  async #take(ref: RefName, take: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#makeDirectory(ref);
        return await take();
      } catch (error) {
        // Whoever deletes a ref removes directories that are left empty.
        if (errnoOf(error) === "ENOENT" && attempt < TRIES) continue;
        if (["ENOTDIR", "EEXIST"].includes(errnoOf(error) ?? "")) {
          throw unsupported(`${ref} cannot be made: a ref with the name of one of its directories exists`, error);
        }
        throw error;
      }
    }
  }

  /** A ref cannot be a directory of other refs. */
  #checkNames(): void {
    const { directory, packed } = this.#parts;
    const gone = this.#gone;
    for (const { ref, old, new: next } of this.#updates) {
      if (next === undefined || old !== undefined) continue;
      const loose = [...listLooseRefs(directory, `${ref}/`)].map(([name]) => name);
      const below = packed.below(ref) ?? loose.find((name) => name.startsWith(`${ref}/`));
      const above = parentsOf(ref).find((name) => packed.read().has(name) && !gone.has(name));
      const other = below ?? above;
      if (other !== undefined) throw unsupported(`${ref} cannot be made: the ref ${other} exists`);
      if (below === undefined) removeEmptyDirectories(join(directory, ref));
    }
  }

  /** Deleting a ref that is packed rewrites the packed ones. */
  async #lockPacked(): Promise<void> {
    const { packed, locks } = this.#parts;
    const gone = this.#gone;
    if (![...gone].some((ref) => packed.read().has(ref))) return;
    const lock = await locks.acquire(packed.path);
    this.#packedLock = lock;
    lock.rewrite(packed.without(gone));
    await lock.sync();
  }

  get #gone(): ReadonlySet<RefName> {
    return new Set(this.#updates.filter((update) => update.new === undefined).map(({ ref }) => ref));
  }
}

/** The directories above a path, up to the base. */
function pathsAbove(path: string, base: string): readonly string[] {
  const above: string[] = [];
  for (let at = path; at !== base; at = dirname(at)) above.push(dirname(at));
  return above;
}

/** The names that would have to be directories. */
function parentsOf(ref: RefName): readonly string[] {
  const parts = ref.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Directories are made for refs and stay behind empty; a ref may take such a name. */
function removeEmptyDirectories(path: string): void {
  ifThere(() => rmdirSync(path), "ENOTDIR", "ENOTEMPTY");
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
