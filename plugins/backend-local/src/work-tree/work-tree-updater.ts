import { setTimeout as delay } from "node:timers/promises";
import type { WorkTreeApplied } from "@vexil/plugin-api";
import { syncDirectory } from "../disk/atomic-file.js";
import { blocked, diskError } from "../disk/disk-error.js";
import { type GitLock, lockedError } from "../locks/git-locks.js";
import type { TreeChange } from "../objects/tree-reader.js";
import type { RefMove } from "../refs/ref-move.js";
import type { BranchMove } from "./branch-move.js";
import { IndexFile } from "./index-file.js";
import { patchIndex } from "./index-patch.js";
import { type Plan, Precheck } from "./precheck.js";
import { EditedMeanwhile, FileReplacer } from "./replace-files.js";
import { requirePlainContent } from "./require-plain-content.js";
import { StagedFiles } from "./staged-files.js";
import { undoneUpdates } from "./undone-by-reset.js";
import { lstatOf } from "./work-file.js";
import type { WorkTreeParts } from "./work-tree-parts.js";
import type { WorkTreeRecovery } from "./work-tree-recovery.js";

/** For how long an update is begun anew because a user's git was at work in between. */
const PATIENCE_MS = 6000;
/** Until then a user's command that may still move the branch is given way to. */
const COURTESY_MS = 3000;
/** Somebody who works without a pause is not waited for. */
const QUIET_MS = 100;
/** How many updates may be made while one command of a user is under way. */
const MADE_KEPT = 16;

/** Update about to be done. */
interface Work {
  readonly update: BranchMove;
  readonly changes: ReadonlyMap<string, TreeChange>;
  readonly precheck: Precheck;
  readonly staged: StagedFiles;
  readonly signal: AbortSignal;
  readonly began: number;
}

/**
 * Moves the checked-out branch with its index and files. The order is: files, index, branch, all under the index's and
 * the branch's locks. Whoever reads HEAD before and the index after finds its commit refused by git itself, because the
 * branch has moved; the other order would let it revert ours. A user's command that meets the locks fails at once, so
 * everything that takes time (content, syncing) is done before they are taken or after, and nothing is awaited between.
 */
export class WorkTreeUpdater {
  readonly #parts: WorkTreeParts;
  readonly #recovery: WorkTreeRecovery;
  readonly #boot: string;
  /** An update failed and could not be undone either; its journal stays until it is. */
  #unfinished = false;
  /** The last updates that were made, each on top of the one before. */
  #made: readonly BranchMove[] = [];

  constructor(parts: WorkTreeParts, recovery: WorkTreeRecovery, boot: string) {
    this.#parts = parts;
    this.#recovery = recovery;
    this.#boot = boot;
  }

  /** An update that was cut could not be finished or undone now: it is before the next one. */
  postpone(): void {
    this.#unfinished = true;
  }

  async apply(update: BranchMove, signal: AbortSignal): Promise<WorkTreeApplied> {
    const { root, gitDirectory, objects, config, index, activity, refs, trees } = this.#parts;
    try {
      if (this.#unfinished) await this.#recover();
    } catch (error) {
      throw diskError(error, `repair ${root} after an interrupted update`);
    }
    if (refs.read(update.ref) !== update.old) return { type: "moved" };
    await refs.secureObjects();
    const changes = await trees.diff(update.old, update.new);
    await requirePlainContent(this.#parts, changes, signal);
    const precheck = new Precheck(root, config().flag("core.filemode") !== false, changes);
    const staged = new StagedFiles(gitDirectory, root, objects);
    const work = { update, changes, precheck, staged, signal, began: performance.now() };
    let edited: readonly string[] = [];
    try {
      for (;;) {
        signal.throwIfAborted();
        if (refs.read(update.ref) !== update.old) return { type: "moved" };
        await refs.secureObjects();
        const before = index.read() ?? IndexFile.empty();
        const plan = await precheck.plan(before, signal);
        const applied = plan.edited.length > 0 ? edits(plan) : await this.#stageAndApply(work, plan, before);
        if (applied?.type === "applied" && undoneUpdates(this.#parts, [update]).length === 0) {
          const before = this.#made.at(-1);
          const isNext = before !== undefined && before.new === update.old && before.ref === update.ref;
          this.#made = isNext ? [...this.#made.slice(1 - MADE_KEPT), update] : [update];
          return applied;
        }
        if (applied?.type === "moved") return applied;
        if (applied?.type === "edited") {
          // A command under way may have written the index and not yet moved the branch: it is looked at twice.
          if (edited.length > 0 && String(edited) === String(applied.paths)) return applied;
          edited = applied.paths;
          await activity.waitUntilQuiet(signal, QUIET_MS);
          await delay(QUIET_MS, undefined, { signal });
        }
        if (performance.now() - work.began > PATIENCE_MS) throw blocked(`files of ${root} keep changing; try again`);
        staged.clear();
        await delay(1 + Math.random() * 10, undefined, { signal });
      }
    } catch (error) {
      throw diskError(error, `update ${root}`);
    } finally {
      staged.clear();
    }
  }

  /**
   * Makes the last updates once more if a user's command that had begun before them undid them unknowingly.
   * @returns the undone updates, oldest first, and whether all of them were made once more; where others have built on
   * what was left they were not
   */
  async redoUndone(
    signal: AbortSignal,
  ): Promise<{ readonly updates: readonly BranchMove[]; readonly restored: boolean }> {
    const made = this.#made;
    const last = made.at(-1);
    if (last === undefined || this.#parts.refs.read(last.ref) === last.new) return { updates: [], restored: false };
    const updates = undoneUpdates(this.#parts, made);
    const old = updates[0]?.old;
    const applied = old === undefined ? undefined : await this.apply({ ...last, old }, signal);
    // Not before: where that failed, the next call tries again.
    this.#made = applied?.type === "applied" ? made : [];
    return { updates, restored: applied?.type === "applied" };
  }

  async #stageAndApply(work: Work, plan: Plan, before: IndexFile): Promise<WorkTreeApplied | undefined> {
    const { staged } = work;
    const placed = plan.paths.flatMap(({ path, file, change: { after } }) =>
      after !== undefined && (file === "replace" || file === "create") ? [[path, after] as const] : [],
    );
    await staged.stage(new Map(placed));
    // Whoever commits without a pause has done so meanwhile: what comes now takes as long again.
    if (this.#parts.refs.read(work.update.ref) !== work.update.old) return { type: "moved" };
    return this.#applyStaged(work, patchIndex(before, staged.entries(plan)));
  }

  /** @returns undefined when a user's git came in between: nothing was done */
  async #applyStaged(work: Work, prepared: Buffer): Promise<WorkTreeApplied | undefined> {
    const { journal, index, locks, refs } = this.#parts;
    const { update, changes } = work;
    // Side by side, because a disk syncs several files as fast as one.
    const [journaled, locked, moving] = await Promise.allSettled([
      journal.write({ ref: update.ref, old: update.old, new: update.new, boot: this.#boot, changes }),
      locks.ready(index.path, prepared),
      refs.ready([update]),
    ]);
    try {
      unwrap(journaled);
      const [lock, move] = [unwrap(locked), unwrap(moving)];
      const outcome = await this.#applyReady(work, lock, move);
      if (!(outcome instanceof FileReplacer)) return outcome;
      await this.#finish(outcome, lock, move);
      return { type: "applied" };
    } finally {
      for (const each of [moving, locked]) if (each.status === "fulfilled") each.value.release();
      if (!this.#unfinished) await journal.remove();
    }
  }

  /**
   * Waits for a moment in which nobody else is at work.
   * @returns undefined when what was prepared no longer fits
   */
  async #applyReady(work: Work, lock: GitLock, move: RefMove): Promise<FileReplacer | WorkTreeApplied | undefined> {
    const { activity, refs } = this.#parts;
    for (;;) {
      const courteous = performance.now() - work.began < COURTESY_MS;
      if (courteous && refs.isCollecting) return undefined;
      // What can be told without the locks is told without.
      if (!move.isCurrent) return { type: "moved" };
      if (!courteous || activity.isQuiet) {
        if (!lock.tryTake()) await lock.take();
        const outcome = this.#applyLocked(work, courteous, lock, move);
        if (outcome !== "later") return outcome;
        move.giveBack();
        lock.giveBack();
      }
      await delay(1 + Math.random() * 4, undefined, { signal: work.signal });
    }
  }

  /** Others wait for this: it awaits nothing, unless something went wrong. */
  #applyLocked(
    work: Work,
    courteous: boolean,
    lock: GitLock,
    move: RefMove,
  ): FileReplacer | WorkTreeApplied | Promise<WorkTreeApplied> | "later" | undefined {
    const { guard, index, activity } = this.#parts;
    const { update, precheck, staged } = work;
    if (courteous && !activity.isQuiet) return "later";
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
    return this.#replace(work, plan, before, lock, move);
  }

  #replace(
    { update, staged }: Work,
    plan: Plan,
    before: IndexFile,
    lock: GitLock,
    move: RefMove,
  ): FileReplacer | Promise<WorkTreeApplied> {
    const { root, gitDirectory, index, reflog } = this.#parts;
    const files = new FileReplacer(root, staged);
    try {
      files.run(plan);
      // Entries that git must look at again, because they are as young as the index, stay as young as the index.
      lock.rewrite(patchIndex(before, files.entries(plan)), lstatOf(index.path)?.mtime);
      lock.commit();
      reflog.append(gitDirectory, "HEAD", update.old, update.new, update.reason);
      move.commit();
      return files;
    } catch (error) {
      return this.#undo(error, files, lock, move);
    }
  }

  async #undo(error: unknown, files: FileReplacer, lock: GitLock, move: RefMove): Promise<WorkTreeApplied> {
    try {
      move.release();
      await this.#recover(lock.committed ? undefined : lock);
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

  async #recover(lock?: GitLock): Promise<void> {
    this.#unfinished = true;
    await this.#recovery.run(lock);
    this.#unfinished = false;
  }
}

function edits({ edited }: Plan): WorkTreeApplied {
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
