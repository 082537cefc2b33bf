import { endOfHurry } from "@vexil/flags/compile/patience";
import type { SyncEvent } from "../../model/events.js";
import type { WritePreview } from "../../model/write-preview.js";
import type { DeepenedHistory } from "../fetch/deepened-history.js";
import type { ServedBranch } from "../state/branch-set.js";
import type { Pruner } from "../state/pruner.js";
import type { Rebuilder } from "../state/rebuilder.js";
import type { WorkTreeState } from "../state/work-tree-state.js";
import type { StepContext } from "../step-context.js";
import type { PrepareContext, PrepareTools } from "./group-state.js";
import type { OwnCommits } from "./own-commits.js";
import { prepareWrites } from "./prepare-writes.js";
import type { PendingWrite, PreparedGroup } from "./prepared-writes.js";
import { previewWrite } from "./preview-write.js";
import type { SharedMark } from "./shared-mark.js";

type Tell = (events: readonly SyncEvent[]) => void;

/** Applies writes to a branch's head as it is now; no branch moves. */
export class WritePreparation {
  readonly #tools: PrepareTools;
  readonly #rebuilder: Rebuilder;
  readonly #workTree: WorkTreeState;
  readonly #history: DeepenedHistory;
  readonly #pruner: Pruner;
  readonly #ownCommits: OwnCommits;
  readonly #mark: SharedMark | undefined;

  /** @param mark where several daemons share the backend */
  constructor(
    tools: PrepareTools,
    rebuilder: Rebuilder,
    workTree: WorkTreeState,
    history: DeepenedHistory,
    pruner: Pruner,
    ownCommits: OwnCommits,
    mark: SharedMark | undefined,
  ) {
    this.#tools = tools;
    this.#rebuilder = rebuilder;
    this.#workTree = workTree;
    this.#history = history;
    this.#pruner = pruner;
    this.#ownCommits = ownCommits;
    this.#mark = mark;
  }

  async prepare(
    branch: ServedBranch,
    writes: readonly PendingWrite[],
    context: StepContext,
  ): Promise<{ readonly group: PreparedGroup; readonly events: readonly SyncEvent[] }> {
    let events: readonly SyncEvent[] = [];
    const prepared = await this.#look(branch, context, (seen) => {
      events = seen;
    });
    const marker = await this.#mark?.marker(context.signal);
    const group = await prepareWrites(branch, writes, { ...prepared, marker });
    this.#pruner.keep(group.commits.slice(-1).map(({ oid }) => oid));
    this.#ownCommits.add(...group.commits.map(({ oid }) => oid));
    return { group, events };
  }

  /**
   * As a write is prepared, but nothing is stored; undefined where the remote may know better ({@link previewWrite}).
   * @param tell takes what came to light meanwhile, whatever becomes of the preview
   */
  async preview(write: PendingWrite, context: StepContext, tell: Tell): Promise<WritePreview | undefined> {
    return previewWrite(write, await this.#look(write.branch, context, tell));
  }

  /** Takes in what users did here since the last look: the rule is decided on what is there now. */
  async #look(branch: ServedBranch, context: StepContext, tell: Tell): Promise<PrepareContext> {
    const { signal } = context;
    const hurriedUntil = endOfHurry();
    tell(await this.#rebuilder.rebuild({ ...context, hurriedUntil }));
    this.#workTree.requireWritable(branch);
    return {
      tools: this.#tools,
      edits: this.#workTree.edits(branch),
      signal,
      hurriedUntil,
      reach: (revision: string) => this.#history.reach(branch, revision, signal),
      marker: undefined,
    };
  }
}
