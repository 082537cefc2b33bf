import type { AnswerChange } from "@vexil/engine/model/bisect";
import { ExplanationSize } from "../explain/explanation-size.js";

/** Room for changes in one answer. What does not fit is for the next one, or has no explanation. */
export class ChangeRoom {
  readonly #size: ExplanationSize;
  readonly #most: number;
  readonly #unexplained = new Set<AnswerChange>();
  #count = 0;

  /**
   * @param most changes
   * @param answerBytes `server.limits.answer_bytes`
   */
  constructor(most: number, answerBytes: number) {
    this.#most = most;
    this.#size = new ExplanationSize(answerBytes);
  }

  /** Takes a change in, and tells whether it is the last one. */
  isFullWith(change: AnswerChange): boolean {
    this.#count += 1;
    const { before, after } = change.explained;
    const fits = [before, after].every((side) => side === undefined || this.#size.fits(side.explanation));
    if (!fits) this.#unexplained.add(change);
    return !fits || this.#count >= this.#most;
  }

  /** A change as far as there is room for it. */
  fitted(change: AnswerChange): AnswerChange {
    return this.#unexplained.has(change) ? { ...change, explained: {} } : change;
  }
}
