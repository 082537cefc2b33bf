/**
 * Series that are kept; the one that failed longest ago goes first. Callers who fail and never come back have one each.
 */
const MOST = 10_000;

/** Failures in a row, each series by its name. */
export class FailureSeries {
  readonly #series = new Map<string, { readonly key: string; readonly count: number }>();

  /**
   * Counts one more failure. Equal ones in a row: one line, then at most one in ten, each with how many there were.
   * Another failure ends the series, as success does, and its line says of how many.
   * @param key equal for equal failures
   * @returns how many the line stands for; undefined: no line
   */
  next(series: string, key: string): number | undefined {
    const current = this.#series.get(series);
    const goesOn = current?.key === key;
    const count = goesOn ? current.count + 1 : 1;
    this.#series.delete(series);
    this.#series.set(series, { key, count });
    for (const oldest of this.#series.keys()) {
      if (this.#series.size <= MOST) break;
      this.#series.delete(oldest);
    }
    if (count % 10 !== 1) return undefined;
    return goesOn ? count : (current?.count ?? 0);
  }

  /** Ends a series. Returns how many failures there were. */
  end(series: string): number {
    const count = this.#series.get(series)?.count ?? 0;
    this.#series.delete(series);
    return count;
  }
}
