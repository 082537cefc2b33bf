/** Somebody who tries what is not allowed over and over does not fill the log. */
const LINE_MS = 60_000;
/** Lines of one caller within that time, whatever names it invents. */
const LINES = 10;

/** Refusals of one caller that the log has lines about. */
export class ToldRefusals {
  /** Time at which each kind of refusal was told, and how often it was not since. */
  readonly #lines = new Map<string, { readonly at: number; repeated: number }>();
  /** Refusals that had no line, and have none to be counted in. */
  #untold = 0;

  /** @returns how many refusals have not been told, if this one is to be told now */
  take(what: string, now: number): number | undefined {
    const last = this.#lines.get(what);
    if (last !== undefined && now - last.at < LINE_MS) {
      last.repeated += 1;
      return undefined;
    }
    if (last === undefined && this.#lines.size >= LINES) this.#dropOld(now);
    if (last === undefined && this.#lines.size >= LINES) {
      this.#untold += 1;
      return undefined;
    }
    const repeated = (last?.repeated ?? 0) + this.#untold;
    this.#untold = 0;
    this.#lines.set(what, { at: now, repeated: 0 });
    return repeated;
  }

  #dropOld(now: number): void {
    for (const [what, { at, repeated }] of this.#lines) {
      if (now - at < LINE_MS) continue;
      this.#lines.delete(what);
      this.#untold += repeated;
    }
  }
}
