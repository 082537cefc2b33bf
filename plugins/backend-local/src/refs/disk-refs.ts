import type { Oid, RefName, RefStore, RefUpdate } from "@vexil/plugin-api";
import { blocked, diskError } from "../disk/disk-error.js";
import type { Permissions } from "../disk/permissions.js";
import type { GitLocks } from "../locks/git-locks.js";
import type { RecentObjects } from "../objects/recent-objects.js";
import { checkedOutBranches } from "./checked-out.js";
import { CheckoutBarrier } from "./checkout-barrier.js";
import { PackedRefs } from "./packed-refs.js";
import { RefMove } from "./ref-move.js";
import { RefReader, type RefReaderOptions } from "./ref-reader.js";
import type { Reflog } from "./reflog.js";

export interface DiskRefsOptions extends RefReaderOptions {
  readonly bare: boolean;
  readonly locks: GitLocks;
  readonly reflog: Reflog;
  readonly recent: RecentObjects;
  readonly permissions: Permissions;
}

/** Loose and packed refs, moved under git's own locks. */
export class DiskRefs implements RefStore {
  readonly #options: DiskRefsOptions;
  readonly #directory: string;
  readonly #packed: PackedRefs;
  readonly #reader: RefReader;

  constructor(options: DiskRefsOptions) {
    this.#options = options;
    this.#directory = options.commonDirectory;
    this.#packed = new PackedRefs(options.commonDirectory);
    this.#reader = new RefReader(options, this.#packed);
  }

  list(prefix: string): Promise<ReadonlyMap<RefName, Oid>> {
    return this.#reader.list(prefix);
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_CORRUPT, VEXIL_UNAVAILABLE_REPOSITORY for a symbolic ref */
  read(ref: RefName): Oid | undefined {
    return this.#reader.read(ref);
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
}
