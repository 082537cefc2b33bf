import { utimesSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Oid, RefUpdate, WorkTreeApplied } from "@vexil/core/plugin";
import { syncDirectory } from "../disk/atomic-file.js";
import { blocked, diskError } from "../disk/disk-error.js";
import { TimeSlice } from "../disk/time-slice.js";
import type { HeldLock } from "../locks/git-locks.js";
import type { TreeChange } from "../objects/tree-reader.js";
import type { PreparedRefs } from "../refs/disk-refs.js";
import { type AttributeFile, Attributes } from "./attributes.js";
import { IndexFile } from "./index-file.js";
import { patchIndex } from "./index-patch.js";
import { type Plan, Precheck } from "./precheck.js";
import { EditedMeanwhile, FileReplacer } from "./replace-files.js";
import { StagedFiles } from "./staged-files.js";
import { lstatOf } from "./work-file.js";
import type { WorkTreeParts } from "./work-tree-parts.js";
import type { WorkTreeRecovery } from "./work-tree-recovery.js";

/** How often an update is begun anew because a person's git was at work in between. */
const TRIES = 10;
/** Somebody who works without a pause is not waited for. */
const PATIENCE_MS = 100;

/** An update of the checked-out branch, its new commit known. */
export type BranchMove = RefUpdate & { readonly new: Oid };

/**
 * Moves the checked-out branch with its index and files. The order is: files, index, branch, all under the index's and
 * the branch's locks. Whoever reads HEAD before and the index after finds its commit refused by git itself, because the
 * branch has moved; the other order would let it revert ours.
 */
export class WorkTreeUpdater {
  readonly #parts: WorkTreeParts;
  readonly #recovery: WorkTreeRecovery;
  readonly #boot: string;
  /** An update failed and could not be undone either; its journal stays until it is. */
  #unfinished = false;

  constructor(parts: WorkTreeParts, recovery: WorkTreeRecovery, boot: string) {
    this.#parts = parts;
    this.#recovery = recovery;
    this.#boot = boot;
  }

  async apply(update: BranchMove, signal: AbortSignal): Promise<WorkTreeApplied> {
    const { root, gitDirectory, objects, config, index, settle, refs, trees } = this.#parts;
    if (this.#unfinished) await this.#recover();
    if (refs.read(update.ref) !== update.old) return { type: "moved" };
    await refs.secureObjects();
    const changes = await trees.diff(update.old, update.new);
    await this.#checkAttributes(changes, signal);
    const precheck = new Precheck(root, config().flag("core.filemode") !== false, changes);
    const staged = new StagedFiles(gitDirectory, root, objects);
    try {
      for (let attempt = 1; ; attempt += 1) {
        signal.throwIfAborted();
        await refs.secureObjects();
        await settle.wait(signal, PATIENCE_MS);
        const plan = await precheck.plan(index.read() ?? IndexFile.empty());
        if (plan.edited.length > 0) return { type: "edited", paths: plan.edited };
        await staged.stage(
          new Map(
            plan.paths.flatMap(({ path, file, change }) =>
              change.after !== undefined && (file === "replace" || file === "create")
                ? [[path, change.after] as const]
                : [],
            ),
          ),
        );
        const applied = await this.#applyStaged(update, changes, precheck, staged);
        if (applied !== undefined) return applied;
        if (attempt === TRIES) throw blocked(`files of ${root} keep changing; try again`);
        staged.clear();
        await delay(10 * attempt, undefined, { signal });
      }
    } catch (error) {
      throw diskError(error, `update ${root}`);
    } finally {
      staged.clear();
    }
  }

  /** @returns undefined when a person's git came in between: nothing was done */
  async #applyStaged(
    update: BranchMove,
    changes: ReadonlyMap<string, TreeChange>,
    precheck: Precheck,
    staged: StagedFiles,
  ): Promise<WorkTreeApplied | undefined> {
    const { journal, index, settle, locks, refs } = this.#parts;
    await journal.write({ ref: update.ref, old: update.old, new: update.new, boot: this.#boot, changes });
    let lock: HeldLock | undefined;
    let prepared: PreparedRefs | undefined;
    try {
      lock = await locks.acquire(index.path);
      await settle.waitLocked();
      this.#checkHead(update);
      prepared = await refs.prepare([update]);
      if (prepared === undefined) return { type: "moved" };
      const before = IndexFile.read(index.path) ?? IndexFile.empty();
      if (before.blocked !== undefined) throw blocked(before.blocked.reason);
      const plan = await precheck.plan(before);
      if (plan.edited.length > 0) return { type: "edited", paths: plan.edited };
      if (!staged.covers(plan)) return undefined;
      return await this.#replace(update, plan, before, staged, lock, prepared);
    } finally {
      prepared?.release();
      lock?.release();
      if (!this.#unfinished) await journal.remove();
    }
  }

  async #replace(
    update: BranchMove,
    plan: Plan,
    before: IndexFile,
    staged: StagedFiles,
    lock: HeldLock,
    prepared: PreparedRefs,
  ): Promise<WorkTreeApplied> {
    const { root, gitDirectory, index, reflog } = this.#parts;
    const files = new FileReplacer(root, staged);
    try {
      files.run(plan);
      const mtime = lstatOf(index.path)?.mtime;
      await lock.write(patchIndex(before, files.entries(plan)));
      // Entries that git must look at again, because they are as young as the index, stay as young as the index.
      if (mtime !== undefined) utimesSync(lock.path, mtime, mtime);
      lock.commit();
      reflog.append(gitDirectory, "HEAD", update.old, update.new, update.reason);
      await prepared.commit();
    } catch (error) {
      prepared.release();
      await this.#recover(lock.committed ? undefined : lock);
      if (error instanceof EditedMeanwhile) return { type: "edited", paths: [error.path] };
      throw error;
    } finally {
      files.finish();
    }
    for (const directory of [...files.directories(), gitDirectory]) {
      if (lstatOf(directory) !== undefined) await syncDirectory(directory);
    }
    return { type: "applied" };
  }

  async #recover(lock?: HeldLock): Promise<void> {
    this.#unfinished = true;
    await this.#recovery.run(lock);
    this.#unfinished = false;
  }

  #checkHead(update: BranchMove): void {
    const head = this.#parts.guard.head();
    if (head.blocked !== undefined) throw blocked(head.blocked.reason);
    if (head.branch !== update.ref) throw blocked(`${update.ref} is no longer checked out; try again`);
  }

  /** Files whose content git would convert are not written: the person's git knows how. */
  async #checkAttributes(changes: ReadonlyMap<string, TreeChange>, signal: AbortSignal): Promise<void> {
    const { walk, guard, objects } = this.#parts;
    await walk.walk(new TimeSlice(), signal);
    const incoming: AttributeFile[] = [];
    for (const [path, { after }] of changes) {
      if (after === undefined || !/(?:^|\/)\.gitattributes$/.test(path)) continue;
      const text = Buffer.from((await objects.read([after.oid])).get(after.oid)?.bytes ?? []).toString("utf8");
      incoming.push({ directory: path.slice(0, path.lastIndexOf("/") + 1), text });
    }
    const paths = [...changes].filter(([, { after }]) => after !== undefined).map(([path]) => path);
    const rules = [guard.attributes(walk.attributes), new Attributes(incoming)];
    for (const attributes of rules) {
      const reason = guard.blockedByAttributes(paths, attributes)?.reason;
      if (reason !== undefined) throw blocked(reason);
    }
  }
}
