import type { CommitInfo } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import type { GitStorage } from "../git-storage.js";

const DEEPEN_BY = [64, 512, 2_000];

/** A commit and its first parents, newest first, as they are asked for. */
export class CommitLine {
  readonly #storage: GitStorage;
  readonly #environment: string;
  readonly #signal: AbortSignal;
  readonly #depths = [...DEEPEN_BY];
  readonly #commits: CommitInfo[] = [];

  constructor(storage: GitStorage, environment: string, signal: AbortSignal) {
    this.#storage = storage;
    this.#environment = environment;
    this.#signal = signal;
  }

  /** Begins the line anew. */
  startAt(commit: CommitInfo): void {
    this.#commits.splice(0, this.#commits.length, commit);
  }

  /**
   * The commit so far below the first.
   * @returns "root" below the first commit of all, "unknown" where the past is stored no further
   */
  async at(index: number): Promise<CommitInfo | "root" | "unknown"> {
    for (;;) {
      const known = this.#commits[index];
      if (known !== undefined) return known;
      const parent = this.#commits.at(-1)?.parents[0];
      if (parent === undefined) return "root";
      const commit = await this.read(parent);
      if (commit === undefined) return "unknown";
      this.#commits.push(commit);
    }
  }

  /** A commit; history is deepened from the remote where it is not stored yet. */
  async read(oid: Oid): Promise<CommitInfo | undefined> {
    const { repository, branches, history, hasRemote } = this.#storage;
    for (;;) {
      this.#signal.throwIfAborted();
      const commit = await repository.readPastCommit(oid);
      const head = branches.ofEnvironment(this.#environment)?.branch.known.head;
      if (commit !== undefined || !hasRemote || head === undefined) return commit;
      const depth = this.#depths.shift();
      if (depth === undefined) return undefined;
      await history.deepen(head, depth, this.#signal);
    }
  }
}
