import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import type { ServedBranch } from "../state/branch-set.js";
import { findCommit, searchHistory } from "./find-commit.js";
import type { RemoteSync } from "./remote-sync.js";

/** A storage's past, deepened from the remote as far as somebody asks for it. */
export class DeepenedHistory {
  readonly #repository: Repository;
  readonly #sync: RemoteSync | undefined;

  constructor(repository: Repository, sync: RemoteSync | undefined) {
    this.#repository = repository;
    this.#sync = sync;
  }

  /** Tells if `commit` is in the history of `tip`. */
  contains(tip: Oid, commit: Oid, signal: AbortSignal): Promise<boolean> {
    return searchHistory(this.#repository, this.#sync, tip, (oid) => oid === commit, "named", signal);
  }

  /**
   * Makes a commit of a branch's past readable.
   * @param revision its id, or how that begins
   * @returns its id; undefined if it is not in the branch's history
   */
  async reach(branch: ServedBranch, revision: string, signal: AbortSignal): Promise<Oid | undefined> {
    const { head } = branch.known;
    return head === undefined ? undefined : findCommit(this.#repository, this.#sync, head, revision, signal);
  }

  /** Fetches older commits, where there is a remote to fetch them from. */
  async deepen(tip: Oid, depth: number, signal: AbortSignal): Promise<void> {
    await this.#sync?.deepen(tip, depth, signal);
  }
}
