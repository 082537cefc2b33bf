import type { LookProgress } from "@vexil/flags/compile/searched-past";
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
/** The same for looking through it: files are parsed then, and a storage has so much time for its slow ones in a round. */
const LOOK_MS = 10_000;

/**
 * Fetches the past of branches whose faulty files leave namespaces without a good state, in steps: most often the fault
 * is young. Each step is followed by a rebuild, which looks through what has come.
 */
export class PastFetcher {
  readonly #branches: BranchSet;
  readonly #unserved: UnservedNamespaces;
  readonly #clock: Clock;
  readonly #sync: Pick<RemoteSync, "deepen">;
  readonly #depths: readonly number[];
  /** Branch → the commit whose past is fetched, and the steps done. */
  readonly #done = new Map<string, { readonly head: Oid; readonly steps: number }>();
  #started: { readonly at: number; readonly spentMs: number } | undefined;
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
   * One step for each branch that needs one. What is stored of the past is looked through before more is fetched. When
   * the time is up, or the remote fails, nobody waits for the rest any longer; the next rebuilds and polls go on with it.
   * @returns whether a rebuild has anything new to look at, or to tell
   */
  async deepen(signal: AbortSignal): Promise<boolean> {
    const branches = this.#branches.all().filter((branch) => this.#isOpen(branch));
    if (this.#isOver || branches.length === 0) {
      this.#isOver = false;
      this.#started = undefined;
      return false;
    }
    this.#started ??= { at: this.#clock.elapsed(), spentMs: this.#unserved.lookTime.spentMs };
    const leftMs = DEADLINE_MS - (this.#clock.elapsed() - this.#started.at);
    const lookedMs = this.#unserved.lookTime.spentMs - this.#started.spentMs;
    const lookedThrough = branches.filter((branch) => this.#progressOf(branch) === "stored");
    const goesOn = lookedThrough.length > 0 || branches.some((branch) => this.#progressOf(branch) === "cut");
    if (leftMs <= 0 || lookedMs >= LOOK_MS || !goesOn) return this.#end(signal);
    const steps = async (late: AbortSignal): Promise<void> => {
      for (const branch of lookedThrough) {
        late.throwIfAborted();
        await this.#step(branch, late);
      }
    };
    try {
      await within(this.#clock, Math.ceil(leftMs), steps, { also: signal });
    } catch (error) {
      if (!signal.aborted && !VexilError.is(error)) throw error;
      return this.#end(signal);
    }
    return !signal.aborted;
  }

  #end(signal: AbortSignal): boolean {
    this.#unserved.pause();
    this.#isOver = true;
    return !signal.aborted;
  }

  #isOpen({ environments }: ServedBranch): boolean {
    return environments.some(({ key }) => this.#unserved.isSearching(key));
  }

  /** How far the past of a branch was searched: not at all until its end while one of its environments goes on. */
  #progressOf({ environments }: ServedBranch): LookProgress {
    const all = environments.map(({ key }) => this.#unserved.progressOf(key));
    return (["cut", "stored", "unread"] as const).find((progress) => all.includes(progress)) ?? "exhausted";
  }

  async #step(branch: ServedBranch, signal: AbortSignal): Promise<void> {
    const { head } = branch.known;
    if (head === undefined) return;
    const done = this.#done.get(branch.name);
    const steps = done?.head === head ? done.steps : 0;
    const depth = this.#depths[steps];
    if (depth === undefined) {
      for (const { key } of branch.environments) {
        if (this.#unserved.progressOf(key) === "stored") this.#unserved.giveUp(key);
      }
      this.#done.delete(branch.name);
      return;
    }
    await this.#sync.deepen(head, depth, signal);
    this.#done.set(branch.name, { head, steps: steps + 1 });
  }
}
