import type { EvaluationCount } from "./evaluation-count.js";
import { HourCounts } from "./hour-counts.js";

/** One of the answers that a flag has given. */
export interface CountedAnswer {
  readonly value: string;
  readonly reason: string;
  readonly counts: HourCounts;
}

/** Evaluations of one flag. Times are epoch milliseconds. */
export interface FlagUsage {
  /** Since when evaluations of it would have been counted. */
  readonly first: number;
  /** Undefined: it has not been evaluated. */
  readonly last: number | undefined;
  readonly answers: readonly CountedAnswer[];
}

/** Where a flag is. */
export type FlagPlace = readonly [environment: string, namespace: string, flag: string];

interface Entry {
  first: number;
  last: number | undefined;
  readonly answers: Map<string, CountedAnswer>;
}

/** By name. Of a flag that was never evaluated, as most of a large state are, only since when it is known. */
type Flags = Map<string, Entry | number>;

/** Answers of all flags together that are counted. Flags that exist decide how many there are; this is for mistakes. */
const MOST_ANSWERS = 100_000;

export const placeKey = (place: FlagPlace): string => place.join("\u0000");

/** Evaluations of all flags, by hour and answer, in memory. */
export class UsageBook {
  /** By environment and namespace. */
  readonly #places = new Map<string, Flags>();
  readonly #filled: () => void;
  #answers = 0;
  #isFull = false;

  /** @param filled called when an answer is not counted for the first time */
  constructor(filled: () => void) {
    this.#filled = filled;
  }

  /** Some answers were not counted. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get([environment, namespace, flag]: FlagPlace): FlagUsage | undefined {
    const found = this.#places.get(namespacePlaceKey(environment, namespace))?.get(flag);
    if (typeof found === "number") return { first: found, last: undefined, answers: [] };
    return found && { first: found.first, last: found.last, answers: [...found.answers.values()] };
  }

  has([environment, namespace, flag]: FlagPlace): boolean {
    return this.#places.get(namespacePlaceKey(environment, namespace))?.has(flag) === true;
  }

  /** Notes that a flag was there at a moment. */
  see(place: FlagPlace, first: number, last?: number | undefined): void {
    const flags = this.#flags(place);
    const known = flags.get(place[2]);
    if (last === undefined && typeof known !== "object") {
      if (known === undefined || first < known) flags.set(place[2], first);
      return;
    }
    const entry = entryOf(flags, place[2], first);
    entry.first = Math.min(entry.first, first);
    if (last !== undefined) entry.last = Math.max(entry.last ?? last, last);
  }

  /** @returns whether it was counted: there is a limit, for memory's sake */
  add([environment, namespace, flag, value, reason, count]: EvaluationCount, hour: number): boolean {
    const { answers } = entryOf(this.#flags([environment, namespace, flag]), flag, hour * 3_600_000);
    const key = `${reason}\u0000${value}`;
    let answer = answers.get(key);
    if (answer === undefined) {
      if (this.#answers >= MOST_ANSWERS) {
        if (!this.#isFull) this.#filled();
        this.#isFull = true;
        return false;
      }
      this.#answers += 1;
      answer = { value, reason, counts: new HourCounts() };
      answers.set(key, answer);
    }
    answer.counts.add(hour, count);
    return true;
  }

  /** Forgets counts of earlier hours, and flags of which nothing is left and that are there no more. */
  forgetBefore(hour: number, exists: (place: FlagPlace) => boolean): void {
    for (const [key, flags] of this.#places) {
      const [environment = "", namespace = ""] = key.split("\u0000");
      for (const [flag, found] of flags) {
        const isEmpty = typeof found === "number" || this.#forgetCounts(found, hour);
        if (isEmpty && !exists([environment, namespace, flag])) flags.delete(flag);
      }
      if (flags.size === 0) this.#places.delete(key);
    }
  }

  /** @returns whether nothing is left */
  #forgetCounts({ answers }: Entry, hour: number): boolean {
    for (const [name, { counts }] of answers) {
      if (counts.forgetBefore(hour)) continue;
      answers.delete(name);
      this.#answers -= 1;
    }
    return answers.size === 0;
  }

  #flags([environment, namespace]: FlagPlace): Flags {
    const key = namespacePlaceKey(environment, namespace);
    let flags = this.#places.get(key);
    if (flags === undefined) {
      flags = new Map();
      this.#places.set(key, flags);
    }
    return flags;
  }
}

function entryOf(flags: Flags, flag: string, first: number): Entry {
  const known = flags.get(flag);
  if (typeof known === "object") return known;
  const entry = { first: known ?? first, last: undefined, answers: new Map() };
  flags.set(flag, entry);
  return entry;
}

/** Key of a namespace. */
export const namespacePlaceKey = (environment: string, namespace: string): string => `${environment}\u0000${namespace}`;
