import { setTimeout as delay } from "node:timers/promises";
import type { WorkTreeApplied } from "@vexil/plugin-api";
import { blocked, diskError } from "../disk/disk-error.js";
import type { BranchMove } from "./branch-move.js";
import { IndexFile } from "./index-file.js";
import { edits, LockedUpdate } from "./locked-update.js";
import { Precheck } from "./precheck.js";
import { requirePlainContent } from "./require-plain-content.js";
import { StagedFiles } from "./staged-files.js";
import type { StaleIndex } from "./stale-index.js";
import { undoneUpdates } from "./undone-by-reset.js";
import type { WorkTreeParts } from "./work-tree-parts.js";
import type { WorkTreeRecovery } from "./work-tree-recovery.js";

/** For how long an update is begun anew because a user's git was at work in between. */
const PATIENCE_MS = 6000;
/** Somebody who works without a pause is not waited for. */
const QUIET_MS = 100;
/** How many updates may be made while one command of a user is under way. */
const MADE_KEPT = 16;

/** Moves the checked-out branch: as often as a user's git comes in between, and again where a command undid it. */
export class WorkTreeUpdater {
  readonly #parts: WorkTreeParts;
  readonly #recovery: WorkTreeRecovery;
  readonly #stale: StaleIndex;
  /** The last updates that were made, each on top of the one before. */
  #made: readonly BranchMove[] = [];

  constructor(parts: WorkTreeParts, recovery: WorkTreeRecovery, stale: StaleIndex) {
    this.#stale = stale;
    this.#parts = parts;
    this.#recovery = recovery;
  }

  async apply(update: BranchMove, signal: AbortSignal): Promise<WorkTreeApplied> {
    const { root, gitDirectory, objects, config, index, activity, refs, trees } = this.#parts;
    try {
      if (this.#recovery.isPending) await this.#recovery.run();
    } catch (error) {
      throw diskError(error, `repair ${root} after an interrupted update`);
    }
    if (refs.read(update.ref) !== update.old) return { type: "moved" };
    await refs.secureObjects();
    const changes = await trees.diff(update.old, update.new);
    await requirePlainContent(this.#parts, changes, signal);
    const precheck = new Precheck(root, config().flag("core.filemode") !== false, changes);
    const staged = new StagedFiles(gitDirectory, root, objects);
    const began = performance.now();
    const stale = this.#stale;
    const work = { update, changes, precheck, staged, stale, signal, began };
    const locked = new LockedUpdate(this.#parts, this.#recovery, work);
    let edited: readonly string[] = [];
    try {
      for (;;) {
        signal.throwIfAborted();
        if (refs.read(update.ref) !== update.old) return { type: "moved" };
        await refs.secureObjects();
        const before = index.read() ?? IndexFile.empty();
        const plan = await precheck.plan(before, signal);
        const applied = plan.edited.length > 0 ? edits(plan) : await locked.apply(plan, before);
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
          // What a command took back unknowingly is no edit.
          if ((await stale.mend(signal)) !== "sound") edited = [];
          await delay(QUIET_MS, undefined, { signal });
        }
        if (performance.now() - began > PATIENCE_MS) throw blocked(`files of ${root} keep changing; try again`);
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
}
