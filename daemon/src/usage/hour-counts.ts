const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** The hour (UTC) of a moment, counted from 1970 on. */
export function hourOf(epochMs: number): number {
  return Math.floor(epochMs / HOUR_MS);
}

/** Days since 1970. */
export function dayOf(hour: number): number {
  return Math.floor(hour / DAY_HOURS);
}

/** When an hour begins: epoch milliseconds. */
export function startOf(hour: number): number {
  return hour * HOUR_MS;
}

/** Counts by hour. Days without any take no room, wherever a clock that was set has put them. */
export class HourCounts {
  readonly #days = new Map<number, number[]>();

  add(hour: number, count: number): void {
    const day = Math.floor(hour / DAY_HOURS);
    let hours = this.#days.get(day);
    if (hours === undefined) {
      hours = new Array<number>(DAY_HOURS).fill(0);
      this.#days.set(day, hours);
    }
    const index = hour - day * DAY_HOURS;
    hours[index] = (hours[index] ?? 0) + count;
  }

  at(hour: number): number {
    const day = Math.floor(hour / DAY_HOURS);
    return this.#days.get(day)?.[hour - day * DAY_HOURS] ?? 0;
  }

  /** All of the hours from the first to the last, both included. */
  sum(first: number, last: number): number {
    let sum = 0;
    for (const [day, hours] of this.#days) {
      const from = Math.max(0, first - day * DAY_HOURS);
      const to = Math.min(DAY_HOURS - 1, last - day * DAY_HOURS);
      for (let index = from; index <= to; index += 1) sum += hours[index] ?? 0;
    }
    return sum;
  }

  /** Tells whether there are any in these hours: of most it is known after a look at one day. */
  hasAny(first: number, last: number): boolean {
    for (const [day, hours] of this.#days) {
      const start = day * DAY_HOURS;
      if (hours.some((count, index) => count > 0 && start + index >= first && start + index <= last)) return true;
    }
    return false;
  }

  /** @returns whether anything is left */
  forgetBefore(hour: number): boolean {
    for (const day of this.#days.keys()) if ((day + 1) * DAY_HOURS <= hour) this.#days.delete(day);
    return this.#days.size > 0;
  }
}
