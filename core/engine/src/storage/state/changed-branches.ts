import type { StorageConfig } from "@vexil/config/config";
import { timeSlice } from "@vexil/git/objects/time-slice";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import type { SyncEvent } from "../../model/events.js";
import type { StepContext } from "../storage.js";
import type { BranchMoves } from "../write/branch-moves.js";
import type { EnvironmentBuilder } from "./environment-builder.js";
import type { BranchPublisher } from "./branch-publisher.js";
import type { BranchSet, ServedBranch } from "./branch-set.js";
import { type Edits, NO_EDITS } from "./environment-files.js";
import { editsKey, type WorkTreeState } from "./work-tree-state.js";

/** Serves those branches whose heads, or whose edits, are not what is served. */
export class ChangedBranches {
  readonly #config: StorageConfig;
  readonly #clock: Clock;
  readonly #branches: BranchSet;
  readonly #publisher: EnvironmentBuilder;
  readonly #server: BranchPublisher;
  readonly #moves: BranchMoves;
  readonly #workTree: WorkTreeState;
  /** Key of the work tree's edits when the branch was last published. */
  #editsKey = "";

  constructor(
    config: StorageConfig,
    clock: Clock,
    branches: BranchSet,
    publisher: EnvironmentBuilder,
    server: BranchPublisher,
    moves: BranchMoves,
    workTree: WorkTreeState,
  ) {
    this.#config = config;
    this.#clock = clock;
    this.#branches = branches;
    this.#publisher = publisher;
    this.#server = server;
    this.#moves = moves;
    this.#workTree = workTree;
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
    const { events, changed } = await this.#publisher.lookTime.round(() => this.#serveAll(heads, edits, context));
    // Who does not ask the remote waits for nothing.
    if (this.#config.remote === undefined || isFollowing) this.#publisher.unserved.pause();
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
    for (const branch of this.#branches.all()) {
      await pause();
      const head = this.#headOf(branch, heads);
      if (head === undefined) continue;
      const editsChanged = branch === main && key !== this.#editsKey;
      if (branch.known.head === head && !editsChanged && !this.#publisher.isPartial(branch)) continue;
      events.push(...(await this.#publish(branch, head, branch === main ? edits : NO_EDITS, context)));
      if (branch === main) this.#editsKey = key;
      changed = true;
    }
    return { events, changed };
  }

  async #publish(branch: ServedBranch, head: Oid, edits: Edits, context: StepContext): Promise<readonly SyncEvent[]> {
    const moves = await this.#moves.between(branch.name, branch.known.head, head);
    for (const move of moves.slice(0, -1)) await this.#publisher.record(branch, move, this.#clock.elapsed());
    return this.#server.publish(branch, head, edits, moves.at(-1)?.own === true, context);
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
