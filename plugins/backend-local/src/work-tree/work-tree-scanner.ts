import { Stats } from "node:fs";
import type { WorkTreeScan } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api";
import { ContentCache, type TrackedFile } from "./content-cache.js";
import type { HeadState } from "./head-state.js";
import { ScanPlanner } from "./scan-planner.js";
import type { ScannerParts } from "./scanner-parts.js";
import { lookAtWorkFile } from "./work-file.js";

/** Scans in which a user's git command came in between are made again this often. */
const TRIES = 3;

type Edits = Map<string, Uint8Array | undefined>;

/** Compares the files of a work tree with the commit that is checked out. */
export class WorkTreeScanner {
  readonly #parts: ScannerParts;
  readonly #contents: ContentCache;
  readonly #planner: ScanPlanner;

  constructor(parts: ScannerParts) {
    this.#parts = parts;
    this.#contents = new ContentCache(parts.logger);
    this.#planner = new ScanPlanner(parts);
  }

  async scan(wanted: (path: string) => boolean, signal: AbortSignal): Promise<WorkTreeScan> {
    const { guard, index, activity } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      await activity.waitUntilQuiet(signal);
      const head = guard.head();
      const key = index.key();
      const scan = await this.#scanOnce(head, wanted, signal);
      const after = guard.head();
      const still = after.commit === head.commit && after.branch === head.branch && index.key() === key;
      if ((still && !activity.busy) || attempt === TRIES) return scan;
    }
  }

  async #scanOnce(
    { blocked, ...head }: HeadState,
    wanted: (path: string) => boolean,
    signal: AbortSignal,
  ): Promise<WorkTreeScan> {
    const edits: Edits = new Map();
    if (blocked !== undefined) return { head, blocked, edits };
    if (head.branch !== this.#parts.branch) {
      const elsewhere = this.#parts.elsewhere();
      return elsewhere === undefined ? { head, edits } : { head, blocked: elsewhere, edits };
    }
    const slice = new TimeSlice();
    const plan = await this.#planner.plan(head.commit, wanted, slice, signal);
    if (plan.blocked !== undefined) return { head, blocked: plan.blocked, edits };
    await this.#compare(plan.files, edits, slice, signal);
    return { head, edits: edits.size < 2 ? edits : new Map([...edits].sort(([a], [b]) => (a < b ? -1 : 1))) };
  }

  async #compare(files: readonly TrackedFile[], edits: Edits, slice: TimeSlice, signal: AbortSignal): Promise<void> {
    const now = Date.now();
    for (const file of files) {
      const { path, stored } = file;
      let content = file.walked || this.#isReached(path) ? this.#contents.look(file) : undefined;
      if (content instanceof Stats) content = await this.#contents.read(file, content, now);
      if (content === undefined) {
        if (stored !== undefined && !this.#isLeftOut(path)) edits.set(path, undefined);
      } else if (content.oid !== stored) {
        edits.set(path, content.bytes);
      }
      if (slice.due) await slice.pause(signal);
    }
  }

  /** In a directory that was not walked: an ignored one, or none at all but a link, which is not followed. */
  #isReached(path: string): boolean {
    return lookAtWorkFile(this.#parts.root, path).type === "file";
  }

  /** In a sparse checkout, files that are not there are not deleted. */
  #isLeftOut(path: string): boolean {
    return this.#parts.index.read()?.get(path)?.skipWorkTree === true;
  }
}
