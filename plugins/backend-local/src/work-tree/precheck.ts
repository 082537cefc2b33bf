import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hashObject, type Oid, TimeSlice } from "@vexil/plugin-api";
import type { TreeChange, TreeFile } from "../objects/tree-reader.js";
import { EXECUTABLE, FILE, SUBMODULE } from "./file-mode.js";
import type { IndexFile } from "./index-file.js";
import { hashWorkFile, lookAtWorkFile, type PresentFile, readWorkFile, sameStat, type WorkFile } from "./work-file.js";

/** Work to do at one path. */
export interface PathPlan {
  readonly path: string;
  readonly change: TreeChange;
  /** `none`: only the index follows (submodules, files left out of a sparse checkout, what is there already). */
  readonly file: "replace" | "create" | "remove" | "none";
  /** The file as it was verified. */
  readonly seen: WorkFile;
}

export interface Plan {
  readonly paths: readonly PathPlan[];
  /** Paths with uncommitted work, which nothing may touch. */
  readonly edited: readonly string[];
}

/** Content changes unnoticed if it does so within the file system's clock tick of the change before. */
const TICK_MS = 50;
/**
 * Size of a file changed this lately that is read once more while others wait; a larger one is let grow older first.
 */
const QUICK_BYTES = 2 ** 18;

interface Verified {
  readonly seen: PresentFile;
  readonly oid: Oid;
  /** Changes of the file since would be seen in its stat. */
  readonly settled: boolean;
}

/** Compares what an update changes with what a user has there, in the index and on disk. */
export class Precheck {
  readonly #root: string;
  readonly #fileMode: boolean;
  readonly #changes: ReadonlyMap<string, TreeChange>;
  /** Contents found, by path. */
  readonly #verified = new Map<string, Verified>();

  /** @param fileMode whether the file system keeps the executable bit (`core.fileMode`) */
  constructor(root: string, fileMode: boolean, changes: ReadonlyMap<string, TreeChange>) {
    this.#root = root;
    this.#fileMode = fileMode;
    this.#changes = changes;
  }

  /** Reads what is there, giving way to other work, then decides. */
  async plan(index: IndexFile, signal?: AbortSignal): Promise<Plan> {
    const slice = new TimeSlice();
    const aged = await this.#letAge(slice, signal);
    for (const path of this.#changes.keys()) {
      const seen = lookAtWorkFile(this.#root, path);
      if (seen.type === "file" && !(this.#isVerified(path, seen) && this.#isUsable(path, seen))) {
        const before = aged.get(path);
        const settled = isOld(seen) || (before !== undefined && sameStat(before.stat, seen.stat));
        this.#verified.set(path, { seen, oid: await hashWorkFile(this.#root, path, seen.mode), settled });
      }
      await slice.pause(signal);
    }
    return this.#decideAll(index, (path, seen) => this.#verified.get(path)?.oid ?? this.#hash(path, seen));
  }

  /**
   * Decides once more, awaiting nothing.
   * @returns undefined when something large changed since `plan`, or just before
   */
  planNow(index: IndexFile): Plan | undefined {
    let large = false;
    const plan = this.#decideAll(index, (path, seen) => {
      const known = this.#verified.get(path);
      if (known?.settled === true && this.#isVerified(path, seen)) return known.oid;
      if (!isLarge(seen)) return this.#hash(path, seen);
      large = true;
      return "";
    });
    return large ? undefined : plan;
  }

  /**
   * Waits for large files that changed just now, be it by the update before: a file that is the same a tick later shows
   * every change that comes after. That holds for times in the future, too.
   * @returns the files that were waited for, as they were before
   */
  async #letAge(slice: TimeSlice, signal?: AbortSignal): Promise<ReadonlyMap<string, PresentFile>> {
    const young = new Map<string, PresentFile>();
    for (const path of this.#changes.keys()) {
      const seen = lookAtWorkFile(this.#root, path);
      if (seen.type !== "file" || !isLarge(seen) || isOld(seen)) continue;
      if (!(this.#isVerified(path, seen) && this.#isUsable(path, seen))) young.set(path, seen);
      await slice.pause(signal);
    }
    if (young.size > 0) await delay(TICK_MS, undefined, { signal });
    return young;
  }

  #decideAll(index: IndexFile, contentOf: ContentOf): Plan {
    const paths: PathPlan[] = [];
    const edited: string[] = [];
    for (const [path, change] of this.#changes) {
      const seen = lookAtWorkFile(this.#root, path);
      const file = this.#decide(path, change, index, seen, contentOf);
      if (file === "edited") edited.push(seen.type === "hidden" ? seen.by : path);
      else paths.push({ path, change, file, seen });
    }
    return { paths, edited: [...new Set(edited)].sort() };
  }

  #decide(
    path: string,
    { before, after }: TreeChange,
    index: IndexFile,
    seen: WorkFile,
    contentOf: ContentOf,
  ): PathPlan["file"] | "edited" {
    const entry = index.get(path);
    const indexed = entry !== undefined && entry.stage === 0 && !entry.intentToAdd ? entry : undefined;
    const holds = (file: TreeFile | undefined): boolean => this.#holds(path, seen, file, contentOf);
    if (entry !== undefined && indexed === undefined) return "edited";
    if (same(indexed, after) && holds(after)) return "none";
    if (!same(indexed, before)) return "edited";
    if (before?.mode === SUBMODULE || after?.mode === SUBMODULE) {
      const plain = seen.type === "absent" || seen.type === "directory";
      return plain && (before === undefined || after === undefined || before.mode === after.mode) ? "none" : "edited";
    }
    if (entry?.skipWorkTree === true && seen.type === "absent") return "none";
    if (before === undefined) return this.#mayCreate(path, seen) ? "create" : "edited";
    if (!holds(before)) return "edited";
    return after === undefined ? "remove" : "replace";
  }

  /** Tells whether the path holds exactly this. */
  #holds(path: string, seen: WorkFile, file: TreeFile | undefined, contentOf: ContentOf): boolean {
    if (file === undefined) return seen.type === "absent";
    if (seen.type !== "file" || !this.#sameMode(seen.mode, file.mode)) return false;
    return contentOf(path, seen) === file.oid;
  }

  /** Tells whether what was verified is of use while the locks are held. */
  #isUsable(path: string, seen: PresentFile): boolean {
    return !isLarge(seen) || this.#verified.get(path)?.settled === true;
  }

  #isVerified(path: string, seen: PresentFile): boolean {
    const known = this.#verified.get(path)?.seen;
    return known !== undefined && sameStat(known.stat, seen.stat);
  }

  #hash(path: string, seen: PresentFile): Oid {
    const settled = isOld(seen);
    const oid = hashObject("blob", readWorkFile(this.#root, path, seen.mode));
    this.#verified.set(path, { seen, oid, settled });
    return oid;
  }

  #sameMode(found: number, wanted: number): boolean {
    if (found === wanted) return true;
    const regular = [FILE, EXECUTABLE];
    return !this.#fileMode && regular.includes(found) && regular.includes(wanted);
  }

  /** Nothing is there, or only what the update removes. */
  #mayCreate(path: string, seen: WorkFile): boolean {
    if (seen.type === "absent") return true;
    if (seen.type === "hidden") return this.#isRemoved(seen.by);
    return seen.type === "directory" && this.#onlyRemoved(path);
  }

  #isRemoved(path: string): boolean {
    const change = this.#changes.get(path);
    return change?.before !== undefined && change.after === undefined;
  }

  #onlyRemoved(directory: string): boolean {
    return readdirSync(join(this.#root, directory), { withFileTypes: true }).every((entry) => {
      const path = `${directory}/${entry.name}`;
      return entry.isDirectory() ? this.#onlyRemoved(path) : this.#isRemoved(path);
    });
  }
}

type ContentOf = (path: string, seen: PresentFile) => Oid;

/** Tells whether a change from now on would show in its stat. To be asked before it is read. */
function isOld({ stat }: PresentFile): boolean {
  const changedAt = Math.max(Number(stat.mtimeNs / 1_000_000n), Number(stat.ctimeNs / 1_000_000n));
  return Date.now() - changedAt > TICK_MS;
}

function isLarge({ stat }: PresentFile): boolean {
  return stat.size > QUICK_BYTES;
}

function same(entry: { readonly oid: string; readonly mode: number } | undefined, file: TreeFile | undefined): boolean {
  return entry?.oid === file?.oid && entry?.mode === file?.mode;
}
