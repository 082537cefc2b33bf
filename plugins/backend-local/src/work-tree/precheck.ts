import { readdirSync } from "node:fs";
import { join } from "node:path";
import { EXECUTABLE, FILE, SUBMODULE } from "../objects/tree-entries.js";
import type { TreeChange, TreeFile } from "../objects/tree-reader.js";
import type { IndexFile } from "./index-file.js";
import { hashWorkFile, lookAtWorkFile, sameStat, type WorkFile } from "./work-file.js";

/** What is to be done at one path. */
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

/** Verified content changes unnoticed if it does so within the file system's clock tick. */
const TICK_MS = 50;

/** Compares what an update changes with what a person has there, in the index and on disk. */
export class Precheck {
  readonly #root: string;
  readonly #fileMode: boolean;
  readonly #changes: ReadonlyMap<string, TreeChange>;
  /** What content was found to be, by path. */
  readonly #verified = new Map<string, { readonly seen: WorkFile; readonly oid: string; readonly at: number }>();

  /** @param fileMode whether the file system keeps the executable bit (`core.fileMode`) */
  constructor(root: string, fileMode: boolean, changes: ReadonlyMap<string, TreeChange>) {
    this.#root = root;
    this.#fileMode = fileMode;
    this.#changes = changes;
  }

  async plan(index: IndexFile): Promise<Plan> {
    const paths: PathPlan[] = [];
    const edited: string[] = [];
    for (const [path, change] of this.#changes) {
      const seen = lookAtWorkFile(this.#root, path);
      const file = await this.#decide(path, change, index, seen);
      if (file === "edited") edited.push(seen.type === "hidden" ? seen.by : path);
      else paths.push({ path, change, file, seen });
    }
    return { paths, edited: [...new Set(edited)].sort() };
  }

  async #decide(
    path: string,
    { before, after }: TreeChange,
    index: IndexFile,
    seen: WorkFile,
  ): Promise<PathPlan["file"] | "edited"> {
    const entry = index.get(path);
    const indexed = entry !== undefined && entry.stage === 0 && !entry.intentToAdd ? entry : undefined;
    if (entry !== undefined && indexed === undefined) return "edited";
    if (same(indexed, after) && (await this.#holds(path, seen, after))) return "none";
    if (!same(indexed, before)) return "edited";
    if (before?.mode === SUBMODULE || after?.mode === SUBMODULE) {
      const plain = seen.type === "absent" || seen.type === "directory";
      return plain && (before === undefined || after === undefined || before.mode === after.mode) ? "none" : "edited";
    }
    if (entry?.skipWorkTree === true && seen.type === "absent") return "none";
    if (before === undefined) return this.#mayCreate(path, seen) ? "create" : "edited";
    if (!(await this.#holds(path, seen, before))) return "edited";
    return after === undefined ? "remove" : "replace";
  }

  /** Whether the path holds exactly this. */
  async #holds(path: string, seen: WorkFile, file: TreeFile | undefined): Promise<boolean> {
    if (file === undefined) return seen.type === "absent";
    if (seen.type !== "file" || !this.#sameMode(seen.mode, file.mode)) return false;
    const known = this.#verified.get(path);
    const quiet = known !== undefined && known.at - Number(seen.stat.mtimeNs / 1_000_000n) > TICK_MS;
    if (known?.seen.type === "file" && quiet && sameStat(known.seen.stat, seen.stat)) return known.oid === file.oid;
    const at = Date.now();
    const oid = await hashWorkFile(this.#root, path, seen.mode);
    this.#verified.set(path, { seen, oid, at });
    return oid === file.oid;
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

function same(entry: { readonly oid: string; readonly mode: number } | undefined, file: TreeFile | undefined): boolean {
  return entry?.oid === file?.oid && entry?.mode === file?.mode;
}
