import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf } from "../disk/disk-error.js";
import type { TreeChange } from "../objects/tree-reader.js";
import { SUBMODULE } from "./file-mode.js";
import type { NewEntry } from "./index-patch.js";
import type { PathPlan, Plan } from "./precheck.js";
import type { StagedFiles } from "./staged-files.js";
import { lookAtWorkFile, sameStat, type WorkFile } from "./work-file.js";

/** Old files kept open at once; the others of a large update are replaced without this last look. */
const MAX_OPEN = 64;

/** Thrown when a file changed in the last moment. */
export class EditedMeanwhile extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} was edited meanwhile`);
    this.path = path;
  }
}

/** An old file that is kept open, to notice who still writes into it. */
interface Replaced {
  readonly path: string;
  readonly fd: number;
  readonly seen: WorkFile;
}

/** Puts staged files in place. Nothing is awaited between looking at a file and replacing it. */
export class FileReplacer {
  readonly #root: string;
  readonly #staged: StagedFiles;
  readonly #replaced: Replaced[] = [];
  readonly done: PathPlan[] = [];

  constructor(root: string, staged: StagedFiles) {
    this.#root = root;
    this.#staged = staged;
  }

  /** @throws EditedMeanwhile; what was done by then is in `done` */
  run(plan: Plan): void {
    // What goes makes room for what comes: a file may become a directory and the other way round.
    for (const each of plan.paths) if (each.file === "remove") this.#remove(each);
    for (const each of plan.paths) if (each.file === "replace") this.#replace(each);
    for (const each of plan.paths) if (each.file === "create") this.#create(each);
    for (const { path, change } of plan.paths) this.#placeSubmodule(path, change);
  }

  /** Entries of the index for what is there now. */
  entries(plan: Plan): ReadonlyMap<string, NewEntry | undefined> {
    return new Map(
      plan.paths.map(({ path, change: { after } }) => {
        if (after === undefined) return [path, undefined];
        const found = lookAtWorkFile(this.#root, path);
        return [path, { ...after, stat: found.type === "file" ? found.stat : undefined }];
      }),
    );
  }

  /** Directories whose entries changed. */
  directories(): ReadonlySet<string> {
    return new Set(this.done.map(({ path }) => dirname(join(this.#root, path))));
  }

  /** Brings back what was written into an old file while it was replaced, as an uncommitted edit. */
  finish(): void {
    for (const { path, fd, seen } of this.#replaced.splice(0)) {
      try {
        const now = fstatSync(fd, { bigint: true });
        if (seen.type === "file" && (now.size !== seen.stat.size || now.mtimeNs !== seen.stat.mtimeNs)) {
          writeFileSync(join(this.#root, path), readFileSync(fd));
        }
      } finally {
        closeSync(fd);
      }
    }
  }

  /** As git: a submodule is an empty directory until somebody fills it, and one that is filled stays. */
  #placeSubmodule(path: string, { before, after }: TreeChange): void {
    const place = join(this.#root, path);
    if (after?.mode === SUBMODULE) mkdirSync(place, { recursive: true });
    if (before?.mode === SUBMODULE && after === undefined && lookAtWorkFile(this.#root, path).type === "directory") {
      try {
        rmdirSync(place);
      } catch (error) {
        if (errnoOf(error) !== "ENOTEMPTY") throw error;
      }
    }
  }

  #remove(each: PathPlan): void {
    this.#keepOpen(each);
    this.#check(each);
    unlinkSync(join(this.#root, each.path));
    this.done.push(each);
    removeEmptyParents(this.#root, each.path);
  }

  #replace(each: PathPlan): void {
    this.#keepOpen(each);
    this.#check(each);
    this.#staged.replace(each.path);
    this.done.push(each);
  }

  #create(each: PathPlan): void {
    try {
      const now = lookAtWorkFile(this.#root, each.path);
      if (now.type === "directory") rmdirSync(join(this.#root, each.path));
      this.#staged.create(each.path);
    } catch (error) {
      if (["EEXIST", "ENOTEMPTY", "ENOTDIR"].includes(errnoOf(error) ?? "")) throw new EditedMeanwhile(each.path);
      throw error;
    }
    this.done.push(each);
  }

  #check({ path, seen }: PathPlan): void {
    const now = lookAtWorkFile(this.#root, path);
    if (now.type !== "file" || seen.type !== "file" || !sameStat(now.stat, seen.stat)) throw new EditedMeanwhile(path);
  }

  #keepOpen({ path, seen }: PathPlan): void {
    if (seen.type !== "file" || seen.stat.isSymbolicLink() || this.#replaced.length >= MAX_OPEN) return;
    try {
      const fd = openSync(join(this.#root, path), constants.O_RDONLY | constants.O_NOFOLLOW);
      this.#replaced.push({ path, fd, seen });
    } catch (error) {
      // What cannot be read cannot be kept; the check that follows tells whether it may be replaced.
      if (!["EMFILE", "ENFILE", "ENOENT", "EACCES", "ELOOP"].includes(errnoOf(error) ?? "")) throw error;
    }
  }
}

export function removeEmptyParents(root: string, path: string): void {
  for (let parent = dirname(path); parent !== "."; parent = dirname(parent)) {
    try {
      rmdirSync(join(root, parent));
    } catch {
      return;
    }
  }
}
