import type { StorageConfig } from "@vexil/config/config";
import { endOfHurry } from "@vexil/flags/compile/patience";
import { timeSlice } from "@vexil/git/objects/time-slice";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import type { SyncEvent } from "../../model/events.js";
import type { StepContext } from "../step-context.js";
import type { BranchMove, BranchMoves } from "../write/branch-moves.js";
import type { BranchPublisher } from "./branch-publisher.js";
import type { BranchSet, ServedBranch } from "./branch-set.js";
import { type Edits, type FilesReader, mergedTables, NO_EDITS } from "./environment-files.js";
import type { FileTable } from "./known-heads.js";
import type { UnservedNamespaces } from "./unserved-namespaces.js";
import { editsKey, type WorkTreeState } from "./work-tree-state.js";

/** Serves those branches whose heads, or whose edits, are not what is served. */
export class ChangedBranches {
  readonly #config: StorageConfig;
  readonly #clock: Clock;
  readonly #branches: BranchSet;
  readonly #reader: FilesReader;
  readonly #publisher: BranchPublisher;
  readonly #moves: BranchMoves;
  readonly #workTree: WorkTreeState;
  readonly #unserved: UnservedNamespaces;
  /** Key of the work tree's edits when the branch was last published. */
  #editsKey = "";

  constructor(
    config: StorageConfig,
    clock: Clock,
    branches: BranchSet,
    reader: FilesReader,
    publisher: BranchPublisher,
    moves: BranchMoves,
    workTree: WorkTreeState,
    unserved: UnservedNamespaces,
  ) {
    this.#config = config;
    this.#clock = clock;
    this.#branches = branches;
    this.#reader = reader;
    this.#publisher = publisher;
    this.#moves = moves;
    this.#workTree = workTree;
    this.#unserved = unserved;
  }

  /**
   * @param heads as they are in the backend, by short name
   * @param isFollowing another daemon asks the remote
   * @throws VexilError VEXIL_REMOTE_BRANCH_GONE
   */
  async serve(
    heads: ReadonlyMap<string, Oid>,
    isFollowing: boolean,
    context: StepContext,
  ): Promise<{ readonly events: readonly SyncEvent[]; readonly changed: boolean; readonly edits: Edits }> {
    const { main } = this.#branches;
    const edits = this.#workTree.servedEdits(main);
    const serve = () => this.#serveAll(heads, edits, context);
    const isHurried = context.hurriedUntil !== undefined;
    const { events, changed } = await (isHurried ? serve() : this.#unserved.lookTime.round(serve));
    // Who does not ask the remote waits for nothing.
    if (this.#config.remote === undefined || isFollowing) this.#unserved.pause();
    return { events, changed, edits };
  }

  async #serveAll(
    heads: ReadonlyMap<string, Oid>,
    edits: Edits,
    context: StepContext,
  ): Promise<{ readonly events: readonly SyncEvent[]; readonly changed: boolean }> {
    const { main } = this.#branches;
    const key = editsKey(edits);
    const events: SyncEvent[] = [];
    let changed = false;
    const pause = timeSlice();
    const { hurriedUntil = endOfHurry() } = context;
    for (const branch of this.#branches.all()) {
      await pause();
      const head = this.#headOf(branch, heads);
      if (head === undefined) continue;
      const editsChanged = branch === main && key !== this.#editsKey;
      const isSame = branch.known.head === head && !editsChanged;
      if (isSame && (context.hurriedUntil !== undefined || !this.#mayFindMore(branch))) continue;
      // What is left of it may be being read beside the lane: whatever is not there yet is there the next time.
      const step = isSame ? { ...context, hurriedUntil } : context;
      events.push(...(await this.#publish(branch, head, branch === main ? edits : NO_EDITS, step)));
      if (branch === main) this.#editsKey = key;
      changed = true;
    }
    return { events, changed };
  }

  async #publish(branch: ServedBranch, head: Oid, edits: Edits, context: StepContext): Promise<readonly SyncEvent[]> {
    const moves = await this.#moves.between(branch.name, branch.known.head, head);
    for (const move of moves.slice(0, -1)) await this.#pass(branch, move);
    const own = moves.at(-1)?.own === true;
    return this.#publisher.publish(branch, { head, edits, own }, context);
  }

  /** Notes a head on the branch's way to the one that is published next. */
  async #pass(branch: ServedBranch, move: BranchMove): Promise<void> {
    const tables: FileTable[] = [];
    for (const info of branch.environments) {
      tables.push((await this.#reader.list(info, move.head, NO_EDITS)).committed);
    }
    branch.known.record(move.head, mergedTables(tables), move.own, this.#clock.elapsed());
  }

  /** Tells whether building the commit that is served again may find more of it. */
  #mayFindMore(branch: ServedBranch): boolean {
    return branch.known.isPartial || branch.environments.some(({ key }) => this.#unserved.isSearching(key));
  }

  #headOf(branch: ServedBranch, heads: ReadonlyMap<string, Oid>): Oid | undefined {
    const head = heads.get(branch.name);
    if (head !== undefined) return head;
    // Nothing has come from the remote yet: that is for the polls to say.
    const awaited = this.#config.remote !== undefined && branch.known.head === undefined;
    if (branch !== this.#branches.main || awaited) return undefined;
    throw new VexilError(
      "VEXIL_REMOTE_BRANCH_GONE",
      `the repository has no branch "${branch.name}"; its last state stays. Make the branch again, or change storage.${this.#config.id}.branch`,
      { details: { step: "ref" } },
    );
  }
}
