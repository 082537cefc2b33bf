import { PastWalk } from "./past-walk.js";
import type { Past, Sought, WalkedPast } from "./searched-past.js";

/** The search of one state's past, which goes on where it was interrupted. */
export class LookBack {
  readonly #past: WalkedPast;
  #walk: PastWalk | undefined;

  constructor(past: WalkedPast) {
    this.#past = past;
  }

  /**
   * Looks through older states, newest first, until everything is found.
   * @param late aborts when the caller waits no longer; the next call goes on
   * @returns what was found by now
   */
  look(sought: Sought, builtAt: number, late: AbortSignal): Promise<Past> {
    if (this.#walk?.covers(sought) !== true) this.#walk = new PastWalk(this.#past, sought);
    return this.#walk.go(builtAt, late);
  }
}
