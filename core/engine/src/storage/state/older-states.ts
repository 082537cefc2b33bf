import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { OlderState } from "@vexil/flags/compile/searched-past";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import type { CommitInfo, Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { goodRef } from "../ref-names.js";

/** The state whose past is looked through. */
export interface PresentState {
  readonly commit: Oid;
  /** Its features files as committed, by path. */
  readonly files: ReadonlyMap<string, Oid>;
  /** Edits lie on top of the commit, so that the commit itself is an older state. */
  readonly isEdited: boolean;
}

/**
 * Past states of an environment, as far as they are stored. The commits of the branch itself (first parents) come first,
 * then what was merged into it, both newest first; last the commit that was good as a whole, which a ref keeps.
 */
export class OlderStates {
  readonly #repository: Repository;
  readonly #info: Pick<EnvironmentInfo, "branch" | "directory">;
  readonly #depth: number;
  readonly #good: "kept" | "none";

  /**
   * @param depth commits looked at, of the branch and of what was merged into it
   * @param good whether the commit that was good as a whole counts: it is younger than what lies far back
   */
  constructor(
    repository: Repository,
    info: Pick<EnvironmentInfo, "branch" | "directory">,
    depth: number,
    good: "kept" | "none" = "kept",
  ) {
    this.#repository = repository;
    this.#info = info;
    this.#depth = depth;
    this.#good = good;
  }

  /**
   * @param paths files that are looked for: commits that leave all of them as they were are passed over
   * @returns at the end, whether that was all of the past that counts; false where it is not stored any further
   */
  async *of(present: PresentState, paths: ReadonlySet<string>): AsyncGenerator<OlderState, boolean> {
    let isExhausted = false;
    let last: { readonly commit: Oid; readonly files: ReadonlyMap<string, Oid> } = present;
    if (present.isEdited) yield { revision: present.commit, files: present.files };
    const seen = new Set<Oid>([present.commit]);
    try {
      const walk = this.#walk(present.commit, seen);
      for (let next = await walk.next(); ; next = await walk.next()) {
        if (next.done === true) {
          isExhausted = next.value;
          break;
        }
        const { oid } = next.value;
        const changed = await this.#changed(last.commit, oid);
        const files = changed === undefined ? await this.#list(oid) : withChanges(last.files, changed);
        const touches = changed === undefined || [...changed.keys()].some((path) => paths.has(path));
        last = { commit: oid, files };
        if (touches) yield { revision: oid, files };
      }
    } catch (error) {
      // A commit may be here whose files are gone already: the past ends there.
      if (!VexilError.is(error) || error.code !== "VEXIL_UNAVAILABLE_CORRUPT") throw error;
    }
    if (this.#good === "none") return isExhausted;
    const good = await this.#repository.head(goodRef(this.#info.branch));
    if (good === undefined || seen.has(good) || (await this.#repository.readCommit(good)) === undefined) {
      return isExhausted;
    }
    yield { revision: good, files: await this.#list(good) };
    return isExhausted;
  }

  async *#walk(tip: Oid, seen: Set<Oid>): AsyncGenerator<CommitInfo, boolean> {
    const merged: Oid[] = [];
    let parents = (await this.#repository.readCommit(tip))?.parents ?? [];
    for (let count = 0; count < this.#depth && parents[0] !== undefined; count += 1) {
      const commit = await this.#repository.readPastCommit(parents[0]);
      // What was merged is not asked before all of the branch itself is here.
      if (commit === undefined) return false;
      merged.push(...parents.slice(1));
      seen.add(commit.oid);
      yield commit;
      parents = commit.parents;
    }
    merged.push(...parents.slice(1));
    return yield* this.#merged(merged, seen);
  }

  async *#merged(tips: readonly Oid[], seen: Set<Oid>): AsyncGenerator<CommitInfo, boolean> {
    let isExhausted = true;
    const waiting: CommitInfo[] = [];
    const add = async (oids: readonly Oid[]): Promise<void> => {
      for (const oid of oids) {
        if (seen.has(oid)) continue;
        seen.add(oid);
        const commit = await this.#repository.readPastCommit(oid);
        if (commit === undefined) isExhausted = false;
        else waiting.push(commit);
      }
      waiting.sort((a, b) => a.committer.timestampMs - b.committer.timestampMs);
    };
    await add(tips);
    for (let count = 0; count < this.#depth; count += 1) {
      const commit = waiting.pop();
      if (commit === undefined) break;
      yield commit;
      await add(commit.parents);
    }
    return isExhausted;
  }

  #changed(before: Oid, after: Oid): Promise<ReadonlyMap<string, Oid | undefined> | undefined> {
    const { directory } = this.#info;
    return this.#repository.changedFiles(before, after, directory, (path) => isWantedPath(directory, path));
  }

  async #list(commit: Oid): Promise<ReadonlyMap<string, Oid>> {
    const { directory } = this.#info;
    const listed = await this.#repository.listFiles(commit, directory, (path) => isWantedPath(directory, path));
    return new Map([...listed.values()].map(({ path, oid }) => [path, oid]));
  }
}

function withChanges(
  files: ReadonlyMap<string, Oid>,
  changed: ReadonlyMap<string, Oid | undefined>,
): ReadonlyMap<string, Oid> {
  if (changed.size === 0) return files;
  const result = new Map(files);
  for (const [path, oid] of changed) {
    if (oid === undefined) result.delete(path);
    else result.set(path, oid);
  }
  return result;
}
