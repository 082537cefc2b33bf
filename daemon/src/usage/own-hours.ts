import type { EvaluationCount } from "./evaluation-count.js";
import type { FlagPlace } from "./usage-book.js";
import { placeKey } from "./usage-book.js";
import type { UsageRow } from "./usage-rows.js";

/** Where hours of this process go. */
export interface HoursStore {
  /** A name for counts of an hour that nobody else writes. */
  newName(hour: number): string;
  /** Puts an hour in the place of the one before of its name. */
  write(name: string, rows: readonly UsageRow[]): Promise<void>;
}

interface OwnRow {
  readonly place: FlagPlace;
  first: number;
  last: number | undefined;
  /** Undefined until it has answered: most flags of a large state have not. */
  answers: Map<string, [value: string, reason: string, count: number]> | undefined;
}

interface OwnHour {
  readonly name: string;
  readonly rows: Map<string, OwnRow>;
  isWritten: boolean;
}

/** Flags that were seen at one time, written once, under a name of their own. */
interface SeenFlags {
  readonly name: string;
  readonly rows: readonly UsageRow[];
}

/** Hours that wait for a disk that takes nothing. */
const MOST_WAITING = 48;
/** More flags that were seen at one time are not kept, and not written again, with each count of their hour. */
const MANY_SEEN = 1_000;

/** Counts of this process that a file is, or will be, made of: those of the hour, and what could not be written yet. */
export class OwnHours {
  readonly #store: HoursStore;
  readonly #hours = new Map<number, OwnHour>();
  #seen: readonly SeenFlags[] = [];

  constructor(store: HoursStore) {
    this.#store = store;
  }

  add([environment, namespace, flag, value, reason, count]: EvaluationCount, hour: number, now: number): void {
    const row = this.#row([environment, namespace, flag], hour, now);
    const key = `${reason}\u0000${value}`;
    row.answers ??= new Map();
    const answer = row.answers.get(key);
    if (answer === undefined) row.answers.set(key, [value, reason, count]);
    else answer[2] += count;
    row.last = now;
  }

  /** Keeps of flags since when they are known, and when they were evaluated. */
  see(flags: readonly UsageRow[], hour: number): void {
    if (flags.length > MANY_SEEN) {
      this.#seen = [...this.#seen, { name: this.#store.newName(hour), rows: flags }].slice(-MOST_WAITING);
      return;
    }
    for (const { place, first, last } of flags) {
      const row = this.#row(place, hour, first);
      row.first = Math.min(row.first, first);
      if (last !== undefined) row.last = Math.max(row.last ?? last, last);
    }
  }

  /**
   * Writes what is not written; hours before `current` are let go of then.
   * @throws what keeps it from being written; it is tried again by the next call
   */
  async write(current: number): Promise<void> {
    for (const { name, rows } of this.#seen) {
      await this.#store.write(name, rows);
      this.#seen = this.#seen.filter((seen) => seen.name !== name);
    }
    for (const hour of [...this.#hours.keys()].slice(0, -MOST_WAITING)) this.#hours.delete(hour);
    for (const [hour, own] of this.#hours) {
      if (!own.isWritten) {
        own.isWritten = true;
        try {
          await this.#store.write(own.name, [...own.rows.values()].map(shown));
        } catch (error) {
          own.isWritten = false;
          throw error;
        }
      }
      // Counted meanwhile: once more.
      if (hour !== current && own.isWritten) this.#hours.delete(hour);
    }
  }

  #row(place: FlagPlace, hour: number, first: number): OwnRow {
    let own = this.#hours.get(hour);
    if (own === undefined) {
      own = { name: this.#store.newName(hour), rows: new Map(), isWritten: false };
      this.#hours.set(hour, own);
    }
    own.isWritten = false;
    const key = placeKey(place);
    let row = own.rows.get(key);
    if (row === undefined) {
      row = { place, first, last: undefined, answers: undefined };
      own.rows.set(key, row);
    }
    return row;
  }
}

function shown({ place, first, last, answers }: OwnRow): UsageRow {
  return { place, first, last, answers: [...(answers?.values() ?? [])] };
}
