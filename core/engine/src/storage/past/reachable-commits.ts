import type { Oid } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { EnvironmentHistory } from "./environment-history.js";

/** Commits known of one branch: about 100 bytes each. */
const KEPT = 100_000;
/** A branch that moved on is followed from its new head to what is known; more new commits begin anew. */
const COMMITS_NEW = 2_000;

/** Commits whose id begins with some digits. */
export interface FittingCommits {
  readonly commits: readonly Oid[];
  /** All of the past has been looked through. */
  readonly isComplete: boolean;
}

/** Questions to a walk through the past. */
interface Search {
  /** Asked with each commit that is new: true ends the walk. */
  readonly isEnough: (oid: Oid) => boolean;
  /** More of the past is to be fetched where the stored one ends. */
  readonly mayDeepen: () => boolean;
}

/** Commits that some tips reach, as far as somebody has asked for them. */
export class ReachableCommits {
  #tips: readonly Oid[] = [];
  #known = new Set<Oid>();
  /** Known ones whose parents have not been looked at. */
  #open: Oid[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  /** Tells whether a commit is in the history; undefined where that is not known any further. */
  has(oid: Oid, history: EnvironmentHistory, signal: AbortSignal): Promise<boolean | undefined> {
    return this.#alone(async () => {
      await this.#follow(history);
      if (this.#known.has(oid)) return true;
      const search = { isEnough: (found: Oid) => found === oid, mayDeepen: () => true };
      const isComplete = await this.#walk(search, history, signal);
      return this.#known.has(oid) || (isComplete ? false : undefined);
    });
  }

  /** Finds commits by how their id begins. Once one is found, older ones are looked at only as far as they are stored. */
  fitting(prefix: string, history: EnvironmentHistory, signal: AbortSignal): Promise<FittingCommits> {
    return this.#alone(async () => {
      await this.#follow(history);
      const found = [...this.#known].filter((oid) => oid.startsWith(prefix));
      const search: Search = {
        isEnough: (oid) => {
          if (oid.startsWith(prefix)) found.push(oid);
          return found.length > 1;
        },
        mayDeepen: () => found.length === 0,
      };
      const isComplete = found.length < 2 && (await this.#walk(search, history, signal));
      return { commits: found, isComplete };
    });
  }

  /** @returns whether all of the past was looked at */
  async #walk(search: Search, history: EnvironmentHistory, signal: AbortSignal): Promise<boolean> {
    const slice = new TimeSlice();
    const missing: Oid[] = [];
    let at: Oid | undefined;
    try {
      for (;;) {
        at = this.#open.shift();
        if (at === undefined) {
          if (missing.length === 0) return true;
          if (!search.mayDeepen() || !(await history.deeper())) return false;
          this.#open.push(...missing.splice(0));
          continue;
        }
        signal.throwIfAborted();
        const commit = await history.stored(at);
        if (commit === undefined) missing.push(at);
        const isEnough = this.#add(commit?.parents ?? [], search);
        at = undefined;
        if (isEnough || this.#known.size >= KEPT) return false;
        if (slice.due) await slice.next();
      }
    } finally {
      this.#open.unshift(...(at === undefined ? [] : [at]), ...missing);
    }
  }

  /** @returns whether the walk is to end */
  #add(parents: readonly Oid[], { isEnough }: Search): boolean {
    let ends = false;
    for (const oid of parents) {
      if (this.#known.has(oid)) continue;
      this.#known.add(oid);
      this.#open.push(oid);
      ends = isEnough(oid) || ends;
    }
    return ends;
  }

  /** Takes over where the tips have moved on to. */
  async #follow(history: EnvironmentHistory): Promise<void> {
    const tips = await history.tips();
    const isSame = tips.length === this.#tips.length && tips.every((tip, index) => tip === this.#tips[index]);
    if (isSame) return;
    const [tip] = tips;
    const [before] = this.#tips;
    const isOne = tips.length === 1 && this.#tips.length === 1 && tip !== undefined && before !== undefined;
    const added = isOne ? await this.#between(tip, before, history) : undefined;
    if (added === undefined) {
      this.#known = new Set(tips);
      this.#open = [...this.#known];
    } else {
      for (const oid of added.known) this.#known.add(oid);
      this.#open.push(...added.open);
    }
    this.#tips = tips;
  }

  /** @returns undefined where `before` is not in the near history of `tip` */
  async #between(
    tip: Oid,
    before: Oid,
    history: EnvironmentHistory,
  ): Promise<{ readonly known: Iterable<Oid>; readonly open: readonly Oid[] } | undefined> {
    const added = new Set<Oid>([tip]);
    const open: Oid[] = [];
    for (const oid of added) {
      if (added.size > COMMITS_NEW) return undefined;
      if (this.#known.has(oid)) continue;
      const commit = await history.stored(oid);
      if (commit === undefined) open.push(oid);
      for (const parent of commit?.parents ?? []) added.add(parent);
    }
    return added.has(before) ? { known: added, open } : undefined;
  }

  /** One after the other: a walk is a state that all share. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
