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
  /** Undefined until it has answered: most flags of a large state have not. */
  answers: Map<string, CountedAnswer> | undefined;
}

/** Answers of all flags together that are counted. Flags that exist decide how many there are; this is for mistakes. */
const MOST_ANSWERS = 100_000;

export const placeKey = (place: FlagPlace): string => place.join("\u0000");

/** Evaluations of all flags, by hour and answer, in memory. */
export class UsageBook {
  readonly #flags = new Map<string, Entry>();
  #answers = 0;

  get(place: FlagPlace): FlagUsage | undefined {
    const entry = this.#flags.get(placeKey(place));
    return entry && { first: entry.first, last: entry.last, answers: [...(entry.answers?.values() ?? [])] };
  }

  has(place: FlagPlace): boolean {
    return this.#flags.has(placeKey(place));
  }

  /** Notes that a flag was there at a moment. */
  see(place: FlagPlace, first: number, last?: number | undefined): void {
    const entry = this.#entry(place, first);
    entry.first = Math.min(entry.first, first);
    if (last !== undefined) entry.last = Math.max(entry.last ?? last, last);
  }

  /** @returns whether it was counted: there is a limit, for memory's sake */
  add([environment, namespace, flag, value, reason, count]: EvaluationCount, hour: number): boolean {
    const entry = this.#entry([environment, namespace, flag], hour * 3_600_000);
    entry.answers ??= new Map();
    const { answers } = entry;
    const key = `${reason}\u0000${value}`;
    let answer = answers.get(key);
    if (answer === undefined) {
      if (this.#answers >= MOST_ANSWERS) return false;
      this.#answers += 1;
      answer = { value, reason, counts: new HourCounts() };
      answers.set(key, answer);
    }
    answer.counts.add(hour, count);
    return true;
  }

  /** Forgets counts of earlier hours, and flags of which nothing is left and that are there no more. */
  forgetBefore(hour: number, exists: (place: FlagPlace) => boolean): void {
    for (const [key, { answers }] of this.#flags) {
      for (const [name, { counts }] of answers ?? []) {
        if (counts.forgetBefore(hour)) continue;
        answers?.delete(name);
        this.#answers -= 1;
      }
      if ((answers?.size ?? 0) === 0 && !exists(key.split("\u0000") as unknown as FlagPlace)) this.#flags.delete(key);
    }
  }

  #entry(place: FlagPlace, first: number): Entry {
    const key = placeKey(place);
    let entry = this.#flags.get(key);
    if (entry === undefined) {
      entry = { first, last: undefined, answers: undefined };
      this.#flags.set(key, entry);
    }
    return entry;
  }
}
