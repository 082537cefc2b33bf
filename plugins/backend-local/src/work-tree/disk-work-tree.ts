import type { Logger, Oid, RefUpdate, WorkTree, WorkTreeApplied, WorkTreeScan } from "@vexil/plugin-api";
import { blocked } from "../disk/disk-error.js";
import type { StaleIndex } from "./stale-index.js";
import type { WorkTreeParts } from "./work-tree-parts.js";
import type { WorkTreeScanner } from "./work-tree-scanner.js";
import type { WorkTreeUpdater } from "./work-tree-updater.js";

const TRIES = 10;

/** A user's checkout: read, and moved on under git's own locks. */
export class DiskWorkTree implements WorkTree {
  readonly #parts: WorkTreeParts;
  readonly #scanner: WorkTreeScanner;
  readonly #updater: WorkTreeUpdater;
  readonly #stale: StaleIndex;
  readonly #logger: Logger;
  /** Commits taken away that the host was not told of yet. */
  readonly #discarded: Oid[] = [];
  #wasCheckedOut = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    parts: WorkTreeParts,
    scanner: WorkTreeScanner,
    updater: WorkTreeUpdater,
    stale: StaleIndex,
    logger: Logger,
  ) {
    this.#stale = stale;
    this.#logger = logger;
    this.#parts = parts;
    this.#scanner = scanner;
    this.#updater = updater;
  }

  scan(wanted: (path: string) => boolean, signal: AbortSignal): Promise<WorkTreeScan> {
    return this.#alone(async () => {
      await this.#redoUndone(signal);
      await this.#stale.mend(signal);
      const scan = await this.#scanner.scan(wanted, signal);
      const discarded = this.#discarded.splice(0);
      return discarded.length === 0 ? scan : { ...scan, discarded };
    });
  }

  apply(update: RefUpdate, signal: AbortSignal): Promise<WorkTreeApplied> {
    return this.#alone(async () => {
      await this.#redoUndone(signal);
      await this.#stale.mend(signal);
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.#applyOnce(update, signal);
        } catch (error) {
          // The branch was checked out, or left, in this very moment.
          const isCheckedOut = this.#parts.guard.head().branch === update.ref;
          if (isCheckedOut === this.#wasCheckedOut || attempt === TRIES) throw error;
        }
      }
    });
  }

  async #applyOnce(update: RefUpdate, signal: AbortSignal): Promise<WorkTreeApplied> {
    const { guard, refs } = this.#parts;
    const head = guard.head();
    this.#wasCheckedOut = head.branch === update.ref;
    if (!this.#wasCheckedOut) return { type: (await refs.compareAndSwap([update])) ? "applied" : "moved" };
    if (head.blocked !== undefined) throw blocked(head.blocked.reason);
    const { new: next, ...rest } = update;
    if (next === undefined) throw blocked(`${update.ref} is checked out; it is not deleted`);
    return this.#updater.apply({ ...rest, new: next }, signal);
  }

  /** Makes undone updates again. An obstacle to that is an obstacle to a scan too, which will report it. */
  async #redoUndone(signal: AbortSignal): Promise<void> {
    const undone = await this.#updater.redoUndone(signal).catch(() => undefined);
    for (const update of undone?.updates ?? []) {
      const fields = { ref: update.ref, revision: update.new };
      if (undone?.restored) {
        const message = "a commit that a concurrent git reset or stash discarded was restored";
        this.#logger.log("warn", "commit.restored", message, fields);
      } else {
        const message = "a concurrent git reset or stash discarded a commit; it is made again on top";
        this.#logger.log("warn", "commit.outrun", message, fields);
        this.#discarded.push(update.new);
      }
    }
  }

  /** One at a time: a scan never sees half an update. */
  #alone<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
