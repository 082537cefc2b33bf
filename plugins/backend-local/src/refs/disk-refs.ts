import type { Logger, Oid, RefName, RefStore, RefUpdate } from "@vexil/plugin-api";
import { blocked, corrupt, diskError, unsupported } from "../disk/disk-error.js";
import type { Permissions } from "../disk/permissions.js";
import { TimeSlice } from "../disk/time-slice.js";
import type { GitLocks } from "../locks/git-locks.js";
import type { RecentObjects } from "../objects/recent-objects.js";
import { checkedOutBranches } from "./checked-out.js";
import { CheckoutBarrier } from "./checkout-barrier.js";
import { listLooseRefs, readLooseRef } from "./loose-refs.js";
import { PackedRefs } from "./packed-refs.js";
import { RefMove } from "./ref-move.js";
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

  /** True if nobody edits files of the main repository's own; linked work trees are apart. */
  get bare(): boolean {
    return this.#options.bare;
  }

  /** To be called before locks are taken for a move. */
  async secureObjects(): Promise<void> {
    await this.#options.recent.secure();
  }

  /** True if a `git gc` is under way, which may take new objects for rubbish. */
  get isCollecting(): boolean {
    return this.#options.recent.collecting;
  }

  async compareAndSwap(updates: readonly RefUpdate[]): Promise<boolean> {
    this.#requireNotCheckedOut(updates);
    await this.#options.recent.secure();
    try {
      const move = await this.ready(updates);
      try {
        // It may have begun meanwhile.
        if (this.isCollecting) await this.secureObjects();
        if (!(await move.take())) return false;
        await this.#commit(move, updates);
      } finally {
        move.release();
      }
      await this.finish(move);
      return true;
    } catch (error) {
      throw diskError(error, "move refs");
    }
  }

  /** A move that is ready to be made. Whoever gets it calls its `release` in the end. */
  ready(updates: readonly RefUpdate[]): Promise<RefMove> {
    const { locks, reflog, permissions } = this.#options;
    const read = (ref: RefName): Oid | undefined => this.read(ref);
    return RefMove.ready(
      { directory: this.#directory, locks, packed: this.#packed, reflog, permissions, read },
      updates,
    );
  }

  /** After a move was committed: makes it durable. */
  async finish(move: RefMove): Promise<void> {
    this.#options.recent.watch();
    await move.finish();
  }

  /** Work trees are held for no longer than the move itself takes. */
  async #commit(move: RefMove, updates: readonly RefUpdate[]): Promise<void> {
    if (!updates.some(({ ref }) => ref.startsWith("refs/heads/"))) return move.commit();
    const { bare, locks } = this.#options;
    const barrier = await CheckoutBarrier.ready(this.#directory, bare, locks);
    try {
      await barrier.take();
      this.#requireNotCheckedOut(updates);
      move.commit();
    } finally {
      barrier.release();
    }
  }

  #requireNotCheckedOut(updates: readonly RefUpdate[]): void {
    const busy = checkedOutBranches(this.#directory, this.#options.bare);
    for (const { ref } of updates) {
      const place = busy.get(ref);
      if (place !== undefined) throw blocked(`${ref} is checked out in ${place}, where users work; it is not moved`);
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
