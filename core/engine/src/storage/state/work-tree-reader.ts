import type { Repository } from "@vexil/git/repository-view";
import type { Oid, WorkTreeScan } from "@vexil/plugin-api";
import type { SyncEvent } from "../../model/events.js";
import type { CommitStyle } from "../commit-style.js";
import type { StepContext } from "../step-context.js";
import type { StorageEvents } from "../storage-events.js";
import type { OwnCommits } from "../write/own-commits.js";
import { restoreDiscarded } from "../write/restore-discarded.js";
import type { WorkTreeState } from "./work-tree-state.js";

/** Looks at the work tree, where there is one, and makes commits again that a user's command took away unknowingly. */
export class WorkTreeReader {
  readonly #workTree: WorkTreeState;
  readonly #repository: Repository;
  readonly #style: CommitStyle;
  readonly #ownCommits: OwnCommits;
  readonly #events: StorageEvents;
  readonly #storage: { readonly branch: string; readonly hasRemote: boolean };
  /** Taken away and not made again yet: each is told once, and a failure must not forget it. */
  readonly #discarded: Oid[] = [];

  constructor(
    workTree: WorkTreeState,
    repository: Repository,
    style: CommitStyle,
    ownCommits: OwnCommits,
    events: StorageEvents,
    storage: { readonly branch: string; readonly hasRemote: boolean },
  ) {
    this.#workTree = workTree;
    this.#repository = repository;
    this.#style = style;
    this.#ownCommits = ownCommits;
    this.#events = events;
    this.#storage = storage;
  }

  /** Scans the work tree; this may restore a commit that a git reset removed. */
  async look(
    context: StepContext,
  ): Promise<{ readonly scan: WorkTreeScan | undefined; readonly events: readonly SyncEvent[] }> {
    const scan = await this.#workTree.scan(context.signal);
    this.#discarded.push(...(scan?.discarded ?? []));
    return { scan, events: await this.#redo(context) };
  }

  /** With a remote the commits are there already: the next poll puts a user's on top of them. */
  async #redo(context: StepContext): Promise<readonly SyncEvent[]> {
    const { workTree } = this.#workTree;
    const { branch, hasRemote } = this.#storage;
    if (workTree === undefined || hasRemote) {
      this.#discarded.length = 0;
      return [];
    }
    const options = { branch, style: this.#style, signal: context.signal };
    const events: SyncEvent[] = [];
    for (let [commit] = this.#discarded; commit !== undefined; [commit] = this.#discarded) {
      const outcome = await restoreDiscarded(this.#repository, workTree, commit, options);
      this.#discarded.shift();
      if ("kept" in outcome)
        events.push(this.#events.kept(context, outcome.kept, "a git reset removed it from the branch"));
      else this.#ownCommits.add(outcome.redone);
    }
    return events;
  }
}
