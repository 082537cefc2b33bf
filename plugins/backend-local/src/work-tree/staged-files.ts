import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, copyFileSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeNewFile } from "../disk/atomic-file.js";
import { corrupt, errnoOf } from "../disk/disk-error.js";
import type { DiskObjects } from "../objects/disk-objects.js";
import type { TreeFile } from "../objects/tree-reader.js";
import { EXECUTABLE, LINK } from "./file-mode.js";
import type { NewEntry } from "./index-patch.js";
import type { Plan } from "./precheck.js";
import { lstatOf } from "./work-file.js";

/** Files written at the same time. */
const WRITERS = 4;

/** New contents, written and synced outside the work tree, so that putting them in place is one rename each. */
export class StagedFiles {
  readonly #directory: string;
  readonly #root: string;
  readonly #objects: DiskObjects;
  readonly #staged = new Map<string, string>();

  /** @param root of the work tree */
  constructor(gitDirectory: string, root: string, objects: DiskObjects) {
    this.#directory = join(gitDirectory, "vexil", "apply");
    this.#root = root;
    this.#objects = objects;
  }

  /** Files that replace others keep their permissions and owner. */
  async stage(files: ReadonlyMap<string, TreeFile>): Promise<void> {
    makeOne(dirname(this.#directory));
    makeOne(this.#directory);
    const found = await this.#objects.read([...files.values()].map(({ oid }) => oid));
    const waiting = [...files];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [path, { oid, mode }] = next;
        const object = found.get(oid);
        if (object?.type !== "blob") throw corrupt(`${path} cannot be written: blob ${oid} is missing`);
        await this.#write(path, object.bytes, mode);
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, work));
  }

  /** Tells whether all that the plan puts in place is staged. */
  covers(plan: Plan): boolean {
    return plan.paths.every(({ path, file }) => file === "none" || file === "remove" || this.#staged.has(path));
  }

  /** Entries as they will be once the files are in place; being put there changes one time of theirs. */
  entries(plan: Plan): ReadonlyMap<string, NewEntry | undefined> {
    return new Map(
      plan.paths.map(({ path, file, seen, change: { after } }) => {
        const staged = this.#staged.get(path);
        const there = file === "none" && seen.type === "file" ? seen.stat : undefined;
        const stat = staged === undefined ? there : lstatOf(staged);
        return [path, after === undefined ? undefined : { ...after, stat }];
      }),
    );
  }

  /** Replaces a file that is there. */
  replace(path: string): void {
    this.#put(path, renameSync);
  }

  /** Makes a file that is not there. @throws EEXIST when one came meanwhile */
  create(path: string): void {
    mkdirSync(dirname(join(this.#root, path)), { recursive: true });
    this.#put(path, (from, to) => {
      linkSync(from, to);
      rmSync(from, { force: true });
    });
  }

  /** Removes what was not put in place. */
  clear(): void {
    rmSync(this.#directory, { recursive: true, force: true });
    this.#staged.clear();
  }

  async #write(path: string, bytes: Uint8Array, mode: number): Promise<void> {
    const staged = join(this.#directory, randomBytes(8).toString("hex"));
    if (mode === LINK) {
      symlinkSync(Buffer.from(bytes), staged);
    } else {
      await writeNewFile(staged, [bytes], { mode: mode === EXECUTABLE ? 0o777 : 0o666 });
      const old = lstatOf(join(this.#root, path));
      if (old?.isFile()) {
        const execute = mode === EXECUTABLE ? (Number(old.mode) & 0o444) >> 2 : 0;
        chmodSync(staged, (Number(old.mode) & 0o666) | execute);
        keepOwner(staged, Number(old.uid), Number(old.gid));
      }
    }
    this.#staged.set(path, staged);
  }

  #put(path: string, place: (from: string, to: string) => void): void {
    const staged = this.#staged.get(path);
    if (staged === undefined) throw new Error(`${path} was not staged`);
    const target = join(this.#root, path);
    try {
      place(staged, target);
    } catch (error) {
      if (errnoOf(error) !== "EXDEV") throw error;
      // The git directory is on another file system: once more, from beside the file.
      const beside = join(dirname(target), `.vexil-${randomBytes(8).toString("hex")}.tmp`);
      try {
        copyFileSync(staged, beside);
        place(beside, target);
      } finally {
        rmSync(beside, { force: true });
      }
    }
    this.#staged.delete(path);
  }
}

/** Nothing above it is made: a repository that was moved away stays away. */
function makeOne(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

function keepOwner(path: string, uid: number, gid: number): void {
  try {
    chownSync(path, uid, gid);
  } catch (error) {
    // Only the superuser gives files away; the group alone mostly can be kept.
    if (errnoOf(error) !== "EPERM") throw error;
    try {
      chownSync(path, process.geteuid?.() ?? uid, gid);
    } catch (inner) {
      if (errnoOf(inner) !== "EPERM") throw inner;
    }
  }
}
