import type { Logger, RefUpdate, WorkTree, WorkTreeApplied, WorkTreeScan } from "@vexil/core/plugin";
import { blocked } from "../disk/disk-error.js";
import type { WorkTreeParts } from "./work-tree-parts.js";
import type { WorkTreeScanner } from "./work-tree-scanner.js";
import type { WorkTreeUpdater } from "./work-tree-updater.js";

/** A person's checkout: read, and moved on under git's own locks. */
export class DiskWorkTree implements WorkTree {
  readonly #parts: WorkTreeParts;
  readonly #scanner: WorkTreeScanner;
  readonly #updater: WorkTreeUpdater;
  readonly #logger: Logger;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: WorkTreeParts, scanner: WorkTreeScanner, updater: WorkTreeUpdater, logger: Logger) {
    this.#logger = logger;
    this.#parts = parts;
    this.#scanner = scanner;
    this.#updater = updater;
  }

  scan(wanted: (path: string) => boolean, signal: AbortSignal): Promise<WorkTreeScan> {
    return this.#alone(async () => {
      await this.#redoOutrun(signal);
      return this.#scanner.scan(wanted, signal);
    });
  }

  apply(update: RefUpdate, signal: AbortSignal): Promise<WorkTreeApplied> {
    return this.#alone(async () => {
      await this.#redoOutrun(signal);
      const { guard, refs } = this.#parts;
      const head = guard.head();
      if (head.branch !== update.ref) {
        return { type: (await refs.compareAndSwap([update])) ? "applied" : "moved" };
      }
      if (head.blocked !== undefined) throw blocked(head.blocked.reason);
      const { new: next, ...rest } = update;
      if (next === undefined) throw blocked(`${update.ref} is checked out; it is not deleted`);
      return this.#updater.apply({ ...rest, new: next }, signal);
    });
  }

  /** What is in the way of that is in the way of a scan too, which will say so. */
  async #redoOutrun(signal: AbortSignal): Promise<void> {
    const outrun = await this.#updater.redoOutrun(signal).catch(() => undefined);
    if (outrun === undefined) return;
    const fields = { ref: outrun.update.ref, revision: outrun.update.new };
    if (outrun.restored) {
      const message = "a commit that a person's reset or stash took away, not knowing of it, was put back";
      this.#logger.log("warn", "commit.restored", message, fields);
    } else {
      const message = "a person's reset or stash took a commit away, not knowing of it, and others were made instead";
      this.#logger.log("error", "commit.outrun", message, fields);
    }
  }

  /** One at a time: a scan never sees half an update. */
  #alone<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
