import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import type { OwnCommits } from "./own-commits.js";
import type { SharedMark } from "./shared-mark.js";

/** A branch that moved by more than this since the last look was moved by others. */
const COMMITS_LOOKED_AT = 1_000;

/** A part of a branch's way from one head to another. */
export interface BranchMove {
  /** Where it ended. */
  readonly head: Oid;
  /** Made by the storage itself: by this daemon or, on a shared backend, by any daemon of it. */
  readonly own: boolean;
}

/** Tells the storage's own moves of a branch from those of others, for the conflict rule. */
export class BranchMoves {
  readonly #repository: Repository;
  readonly #ownCommits: OwnCommits;
  readonly #mark: SharedMark | undefined;

  /** @param mark where several daemons share the backend */
  constructor(repository: Repository, ownCommits: OwnCommits, mark: SharedMark | undefined) {
    this.#repository = repository;
    this.#ownCommits = ownCommits;
    this.#mark = mark;
  }

  /**
   * How a branch came from one head to another, oldest part first. A branch that was set back, replaced or merged was
   * moved by others, whoever made the commits.
   */
  async between(branch: string, from: Oid | undefined, to: Oid): Promise<readonly [...BranchMove[], BranchMove]> {
    const whole: BranchMove = { head: to, own: this.#ownCommits.has(to) };
    if (from === undefined || from === to || this.#mark === undefined) return [whole];
    const moves: BranchMove[] = [];
    let last = whole;
    let at = to;
    for (let looked = 0; at !== from; looked += 1) {
      const commit = looked < COMMITS_LOOKED_AT ? await this.#repository.readCommit(at) : undefined;
      const [parent, ...others] = commit?.parents ?? [];
      if (commit === undefined || parent === undefined || others.length > 0) return [{ head: to, own: false }];
      const base = await this.#mark.groupBase(branch, commit);
      const own = base !== undefined;
      if (at === to) last = { head: to, own };
      else if (own !== (moves[0] ?? last).own) moves.unshift({ head: at, own });
      at = base ?? parent;
    }
    return [...moves, last];
  }
}
