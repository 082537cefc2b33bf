import type { CommitInfo } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api/time-slice";

const COMMITS_KEPT = 50_000;
/** A branch that moved on is followed from its new head to what is known; more new commits begin anew. */
const COMMITS_NEW = 2_000;

type ReadCommit = (oid: Oid) => Promise<CommitInfo | undefined>;

/** The line of first parents below a branch's head, as far as somebody has asked for it. */
export class FirstParents {
  #head: Oid | undefined;
  #line = new Set<Oid>();
  /** Where the line goes on; undefined at its end. */
  #next: Oid | undefined;

  /**
   * Tells whether a commit is on the line below `head`.
   * @param read undefined where the stored past ends
   */
  async has(head: Oid, wanted: Oid, read: ReadCommit, signal: AbortSignal): Promise<boolean> {
    await this.#follow(head, read);
    const slice = new TimeSlice();
    while (!this.#line.has(wanted) && this.#next !== undefined && this.#line.size < COMMITS_KEPT) {
      const oid = this.#next;
      const commit = await read(oid);
      signal.throwIfAborted();
      if (commit === undefined) return false;
      // Another request may have gone on meanwhile.
      if (oid === this.#next) this.#extend(oid, commit.parents[0]);
      if (slice.due) await slice.next();
    }
    return this.#line.has(wanted);
  }

  async #follow(head: Oid, read: ReadCommit): Promise<void> {
    if (head === this.#head) return;
    const added: Oid[] = [];
    let oid: Oid | undefined = head;
    while (oid !== undefined && !this.#line.has(oid) && added.length < COMMITS_NEW && this.#head !== undefined) {
      added.push(oid);
      oid = (await read(oid))?.parents[0];
    }
    if (oid !== undefined && oid === this.#head) for (const commit of added) this.#line.add(commit);
    else {
      this.#line = new Set();
      this.#next = head;
    }
    this.#head = head;
  }

  #extend(oid: Oid, parent: Oid | undefined): void {
    this.#line.add(oid);
    this.#next = parent;
  }
}
