import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type ObjectStore, type Oid, referencesOf, type ShallowList } from "@vexil/plugin-api";
import { syncDirectory } from "./disk/atomic-file.js";
import { corrupt, diskError } from "./disk/disk-error.js";
import { ifThere } from "./disk/if-there.js";
import type { GitLocks } from "./locks/git-locks.js";

/** The file `shallow`: commits whose parents are not here (gitrepository-layout(5)). */
export class DiskShallowList implements ShallowList {
  readonly #path: string;
  readonly #directory: string;
  readonly #objects: ObjectStore;
  readonly #locks: GitLocks;

  constructor(commonDirectory: string, objects: ObjectStore, locks: GitLocks) {
    this.#directory = commonDirectory;
    this.#path = join(commonDirectory, "shallow");
    this.#objects = objects;
    this.#locks = locks;
  }

  async read(): Promise<ReadonlySet<Oid>> {
    const text = ifThere(() => readFileSync(this.#path, "utf8")) ?? "";
    const lines = text.split("\n").filter((line) => line !== "");
    const wrong = lines.find((line) => !/^[0-9a-f]{40}$/.test(line));
    if (wrong !== undefined) throw corrupt(`${this.#path} has a line that is no object id; delete the line`);
    return new Set(lines);
  }

  /** A commit that is still stored without its parents stays listed: without its line the history would be broken. */
  async update(add: readonly Oid[], remove: readonly Oid[]): Promise<void> {
    try {
      const lock = await this.#locks.acquire(this.#path);
      try {
        const before = await this.read();
        const after = new Set(before);
        for (const oid of remove) if (after.has(oid) && !(await this.#isCut(oid))) after.delete(oid);
        for (const oid of add) after.add(oid);
        if (after.size === before.size && [...after].every((oid) => before.has(oid))) return;
        if (after.size === 0) {
          rmSync(this.#path, { force: true });
        } else {
          lock.rewrite(Buffer.from(`${[...after].join("\n")}\n`, "latin1"));
          await lock.sync();
          lock.commit();
        }
      } finally {
        lock.release();
      }
      await syncDirectory(this.#directory);
    } catch (error) {
      throw diskError(error, `write ${this.#path}`);
    }
  }

  async #isCut(oid: Oid): Promise<boolean> {
    const commit = (await this.#objects.read([oid])).get(oid);
    if (commit === undefined) return false;
    const parents = referencesOf("commit", commit.bytes).slice(1);
    return (await this.#objects.read(parents)).size < parents.length;
  }
}
