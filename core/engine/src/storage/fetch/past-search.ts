import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import { within } from "../../model/deadlines.js";
import type { BranchSet, ServedBranch } from "../state/branch-set.js";
import type { UnservedNamespaces } from "../state/unserved-namespaces.js";
import type { RemoteSync } from "./remote-sync.js";

/** How far the past is fetched, one step after the other, as far as `limits.history_depth` goes. */
const DEPTHS = [16, 64, 200, 1_000, 10_000, 100_000];
/** Longer than this, all steps of one poll together, the past is not fetched; the next poll goes on. */
const DEADLINE_MS = 20_000;

/**
 * Fetches the past of branches whose faulty files leave namespaces without a good state, in steps: most often the fault
 * is young. Each step is followed by a rebuild, which looks through what has come.
 */
export class PastSearch {
  readonly #branches: BranchSet;
  readonly #unserved: UnservedNamespaces;
  readonly #clock: Clock;
  readonly #sync: Pick<RemoteSync, "deepen">;
  readonly #depths: readonly number[];
  /** Branch → the commit whose past is fetched, and the steps done. */
  readonly #done = new Map<string, { readonly head: Oid; readonly steps: number }>();
  #startedAt: number | undefined;
  /** The search of this poll has ended before everything was looked through. */
  #isOver = false;

  constructor(
    sync: Pick<RemoteSync, "deepen">,
    historyDepth: number,
    branches: BranchSet,
    unserved: UnservedNamespaces,
    clock: Clock,
  ) {
    this.#sync = sync;
    this.#branches = branches;
    this.#unserved = unserved;
    this.#clock = clock;
    // One more than is looked at: the newest is the faulty one.
    this.#depths = [...DEPTHS.filter((depth) => depth < historyDepth), historyDepth].map((depth) => depth + 1);
  }

  /**
   * One step for each branch that needs one. When the time is up, or the remote fails, nobody waits for the rest any
   * longer; the next poll goes on with it.
   * @returns whether a rebuild has anything new to look at, or to tell
   */
  async deepen(signal: AbortSignal): Promise<boolean> {
    const branches = this.#branches.all().filter((branch) => this.#isOpen(branch));
    if (this.#isOver || branches.length === 0) {
      this.#isOver = false;
      this.#startedAt = undefined;
      return false;
    }
    this.#startedAt ??= this.#clock.elapsed();
    const leftMs = DEADLINE_MS - (this.#clock.elapsed() - this.#startedAt);
    const steps = async (late: AbortSignal): Promise<void> => {
      for (const branch of branches) {
        late.throwIfAborted();
        await this.#step(branch, late);
      }
    };
    try {
      await within(this.#clock, Math.max(0, Math.ceil(leftMs)), steps, { also: signal });
    } catch (error) {
      if (!signal.aborted && !VexilError.is(error)) throw error;
      this.#unserved.pause();
      this.#isOver = true;
    }
    return !signal.aborted;
  }

  #isOpen({ environments }: ServedBranch): boolean {
    return environments.some(({ key }) => this.#unserved.isSearching(key));
  }

  async #step(branch: ServedBranch, signal: AbortSignal): Promise<void> {
    const { head } = branch.known;
    if (head === undefined) return;
    const done = this.#done.get(branch.name);
    const steps = done?.head === head ? done.steps : 0;
    const depth = this.#depths[steps];
    if (depth === undefined) {
      for (const { key } of branch.environments) this.#unserved.giveUp(key);
      this.#done.delete(branch.name);
      return;
    }
    await this.#sync.deepen(head, depth, signal);
    this.#done.set(branch.name, { head, steps: steps + 1 });
  }
}
