import { setTimeout as delay } from "node:timers/promises";
import type { WorkTreeApplied } from "@vexil/plugin-api";
import { syncDirectory } from "../disk/atomic-file.js";
import { blocked } from "../disk/disk-error.js";
import { type GitLock, lockedError } from "../locks/git-locks.js";
import type { TreeChange } from "../objects/tree-reader.js";
import type { RefMove } from "../refs/ref-move.js";
import type { BranchMove } from "./branch-move.js";
import { IndexFile } from "./index-file.js";
import { patchIndex } from "./index-patch.js";
import type { Plan, Precheck } from "./precheck.js";
import { EditedMeanwhile, FileReplacer } from "./replace-files.js";
import type { StagedFiles } from "./staged-files.js";
import type { StaleIndex } from "./stale-index.js";
import { lstatOf } from "./work-file.js";
import type { WorkTreeParts } from "./work-tree-parts.js";
import type { WorkTreeRecovery } from "./work-tree-recovery.js";

/** Until then a user's command that may still move the branch is given way to. */
const COURTESY_MS = 3000;

/** Update about to be done. */
interface Work {
  readonly update: BranchMove;
  readonly changes: ReadonlyMap<string, TreeChange>;
  readonly precheck: Precheck;
  readonly staged: StagedFiles;
  readonly stale: StaleIndex;
  readonly signal: AbortSignal;
  readonly began: number;
}

/**
 * Moves the checked-out branch with its index and files. The order is: files, index, branch, all under the index's and
 * the branch's locks. Whoever reads HEAD before and the index after finds its commit refused by git itself, because the
 * branch has moved; the other order would let it revert ours. A user's command that meets the locks fails at once, so
 * everything that takes time (content, syncing) is done before they are taken or after, and nothing is awaited between.
 */
export class LockedUpdate {
  readonly #parts: WorkTreeParts;
  readonly #recovery: WorkTreeRecovery;
  readonly #work: Work;

  constructor(parts: WorkTreeParts, recovery: WorkTreeRecovery, work: Work) {
    this.#parts = parts;
    this.#recovery = recovery;
    this.#work = work;
  }

  /** @returns undefined when a user's git came in between: nothing was done */
  async apply(plan: Plan, before: IndexFile): Promise<WorkTreeApplied | undefined> {
    const { staged, update } = this.#work;
    const placed = plan.paths.flatMap(({ path, file, change: { after } }) =>
      after !== undefined && (file === "replace" || file === "create") ? [[path, after] as const] : [],
    );
    await staged.stage(new Map(placed));
    // Whoever commits without a pause has done so meanwhile: what comes now takes as long again.
    if (this.#parts.refs.read(update.ref) !== update.old) return { type: "moved" };
    return this.#applyStaged(patchIndex(before, staged.entries(plan)));
  }

  /** @returns undefined when a user's git came in between: nothing was done */
  async #applyStaged(prepared: Buffer): Promise<WorkTreeApplied | undefined> {
    const { journal, index, locks, refs } = this.#parts;
    const { update, changes } = this.#work;
    // Side by side, because a disk syncs several files as fast as one.
    const [journaled, locked, moving] = await Promise.allSettled([
      journal.write({ ref: update.ref, old: update.old, new: update.new, boot: this.#recovery.boot, changes }),
      locks.ready(index.path, prepared),
      refs.ready([update]),
    ]);
    try {
      unwrap(journaled);
      const [lock, move] = [unwrap(locked), unwrap(moving)];
      const outcome = await this.#applyReady(lock, move);
      if (!(outcome instanceof FileReplacer)) return outcome;
      await this.#finish(outcome, lock, move);
      return { type: "applied" };
    } finally {
      for (const each of [moving, locked]) if (each.status === "fulfilled") each.value.release();
      if (!this.#recovery.isPending) await journal.remove();
    }
  }

  /**
   * Waits for a moment in which nobody else is at work.
   * @returns undefined when what was prepared no longer fits
   */
  async #applyReady(lock: GitLock, move: RefMove): Promise<FileReplacer | WorkTreeApplied | undefined> {
    const { activity, refs } = this.#parts;
    for (;;) {
      const courteous = performance.now() - this.#work.began < COURTESY_MS;
      if (courteous && refs.isCollecting) return undefined;
      // What can be told without the locks is told without.
      if (!move.isCurrent) return { type: "moved" };
      const isQuiet = (): boolean => !courteous || activity.isQuietForEntries;
      if (isQuiet()) {
        if (!lock.tryTake()) await lock.take();
        const outcome = isQuiet() ? this.#applyLocked(courteous, lock, move) : "later";
        if (outcome !== "later") return outcome;
        move.giveBack();
        lock.giveBack();
      }
      await delay(1 + Math.random() * 4, undefined, { signal: this.#work.signal });
    }
  }

  /** Others wait for this: it awaits nothing, unless something went wrong. */
  #applyLocked(
    courteous: boolean,
    lock: GitLock,
    move: RefMove,
  ): FileReplacer | WorkTreeApplied | Promise<WorkTreeApplied> | "later" | undefined {
    const { guard, index } = this.#parts;
    const { update, precheck, staged } = this.#work;
    const head = guard.head();
    if (head.blocked !== undefined) throw blocked(head.blocked.reason);
    // Another branch was checked out: this one moves without index and files.
    if (head.branch !== update.ref) return { type: "moved" };
    const other = move.tryTake();
    if (other !== undefined) {
      if (!courteous) throw lockedError(other);
      return "later";
    }
    if (!move.isCurrent) return { type: "moved" };
    const before = IndexFile.read(index.path) ?? IndexFile.empty();
    if (before.blocked !== undefined) throw blocked(before.blocked.reason);
    const plan = precheck.planNow(before);
    if (plan === undefined) return undefined;
    if (plan.edited.length > 0) return edits(plan);
    if (!staged.covers(plan)) return undefined;
    return this.#replace(plan, before, lock, move);
  }

  #replace(plan: Plan, before: IndexFile, lock: GitLock, move: RefMove): FileReplacer | Promise<WorkTreeApplied> {
    const { update, changes, staged, stale } = this.#work;
    const { root, gitDirectory, index, reflog, activity } = this.#parts;
    const files = new FileReplacer(root, staged);
    try {
      files.run(plan);
      // Entries that git must look at again, because they are as young as the index, stay as young as the index.
      lock.rewrite(patchIndex(before, files.entries(plan)), lstatOf(index.path)?.mtime);
      lock.commit();
      activity.written();
      reflog.append(gitDirectory, "HEAD", update.old, update.new, update.reason);
      move.commit();
      stale.made(before, changes);
      return files;
    } catch (error) {
      return this.#undo(error, files, lock, move);
    }
  }

  async #undo(error: unknown, files: FileReplacer, lock: GitLock, move: RefMove): Promise<WorkTreeApplied> {
    try {
      move.release();
      await this.#recovery.run(lock.committed ? undefined : lock);
    } finally {
      files.finish();
    }
    if (error instanceof EditedMeanwhile) return { type: "edited", paths: [error.path] };
    throw error;
  }

  async #finish(files: FileReplacer, lock: GitLock, move: RefMove): Promise<void> {
    const { gitDirectory, refs } = this.#parts;
    files.finish();
    const directories = [...files.directories(), gitDirectory].filter((path) => lstatOf(path) !== undefined);
    await allOf([lock.sync(), refs.finish(move), ...directories.map(syncDirectory)]);
  }
}

/** The answer for files that are edited. */
export function edits({ edited }: Plan): WorkTreeApplied {
  return { type: "edited", paths: edited };
}

function unwrap<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

/** Rejects only after all have ended. */
async function allOf(works: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) if (result.status === "rejected") throw result.reason;
}
