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
  readonly answers: Map<string, [value: string, reason: string, count: number]>;
}

interface OwnHour {
  readonly name: string;
  readonly rows: Map<string, OwnRow>;
  isWritten: boolean;
}

/** Hours that wait for a disk that takes nothing. */
const MOST_WAITING = 48;

/** Counts of this process that a file is, or will be, made of: those of the hour, and what could not be written yet. */
export class OwnHours {
  readonly #store: HoursStore;
  readonly #hours = new Map<number, OwnHour>();

  constructor(store: HoursStore) {
    this.#store = store;
  }

  add([environment, namespace, flag, value, reason, count]: EvaluationCount, hour: number, now: number): void {
    const row = this.#row([environment, namespace, flag], hour, now);
    const key = `${reason}\u0000${value}`;
    const answer = row.answers.get(key);
    if (answer === undefined) row.answers.set(key, [value, reason, count]);
    else answer[2] += count;
    row.last = now;
  }

  /** Keeps of a flag since when it is known, and when it was evaluated. */
  see(place: FlagPlace, hour: number, first: number, last: number | undefined): void {
    const row = this.#row(place, hour, first);
    row.first = Math.min(row.first, first);
    if (last !== undefined) row.last = Math.max(row.last ?? last, last);
  }

  /**
   * Writes what is not written; hours before `current` are let go of then.
   * @throws what keeps it from being written; it is tried again by the next call
   */
  async write(current: number): Promise<void> {
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
      row = { place, first, last: undefined, answers: new Map() };
      own.rows.set(key, row);
    }
    return row;
  }
}

function shown({ place, first, last, answers }: OwnRow): UsageRow {
  return { place, first, last, answers: [...answers.values()] };
}
