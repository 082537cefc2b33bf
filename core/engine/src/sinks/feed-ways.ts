import type { Oid } from "@vexil/plugin-api";
import type { Feed } from "./feed.js";
import type { FeedStep } from "./feed-steps.js";

/** Ways of one environment to one head that are kept, and steps of all of them. */
const KEPT = 4;
const KEPT_STEPS = 100_000;
/** Weight of a way beside its steps. */
const WAY_WEIGHT = 20;

/** A way, and where it is entered from a commit on it. */
interface Way {
  readonly at: Oid | undefined;
  readonly steps: readonly FeedStep[];
  readonly places: ReadonlyMap<Oid, number>;
}

interface EnvironmentWays {
  readonly head: Oid;
  readonly known: Way[];
  readonly sought: Map<Oid | undefined, Promise<Way>>;
}

/** Ways to the heads of environments, for the many who stand at the same places: each is looked for once. */
export class FeedWays {
  /** The longest unused first. */
  readonly #environments = new Map<string, EnvironmentWays>();

  /**
   * The next steps of whoever stands at a commit.
   * @param key of the environment
   * @param at undefined: nothing was told yet
   * @param most steps
   */
  async steps(key: string, feed: Feed, at: Oid | undefined, most: number): Promise<readonly FeedStep[]> {
    const ways = this.#waysTo(key, feed.head);
    const known = ways.known.find((way) => way.at === at || (at !== undefined && way.places.has(at)));
    const way = known ?? (await this.#seek(ways, feed, at));
    const place = way.at === at ? 0 : (way.places.get(at as Oid) ?? 0) + 1;
    return way.steps.slice(place, place + most);
  }

  #waysTo(key: string, head: Oid): EnvironmentWays {
    const known = this.#environments.get(key);
    const ways = known?.head === head ? known : { head, known: [], sought: new Map() };
    this.#environments.delete(key);
    this.#environments.set(key, ways);
    return ways;
  }

  #seek({ known, sought }: EnvironmentWays, feed: Feed, at: Oid | undefined): Promise<Way> {
    const under = sought.get(at);
    if (under !== undefined) return under;
    const seeking = feed
      .steps(at)
      .then((steps) => {
        const way = { at, steps, places: new Map(steps.map(({ to }, place) => [to, place])) };
        known.unshift(way);
        if (known.length > KEPT) known.length = KEPT;
        this.#forgetOldest();
        return way;
      })
      .finally(() => sought.delete(at));
    sought.set(at, seeking);
    return seeking;
  }

  #forgetOldest(): void {
    let weight = 0;
    for (const ways of this.#environments.values()) weight += weightOf(ways);
    for (const [key, ways] of this.#environments) {
      if (weight <= KEPT_STEPS || this.#environments.size === 1) return;
      this.#environments.delete(key);
      weight -= weightOf(ways);
    }
  }
}

const weightOf = ({ known }: EnvironmentWays): number =>
  known.reduce((sum, { steps }) => sum + steps.length + WAY_WEIGHT, 0);
