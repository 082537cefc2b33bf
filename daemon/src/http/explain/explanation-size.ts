import type { ExplainedConstraint, Explanation } from "@vexil/flags/explain/explanation";
import { VexilError } from "@vexil/plugin-api/errors";

/** Characters of explanations in one answer: to write more at once would keep all others waiting. */
const MOST_CHARACTERS = 4_000_000;
/** Of names of members and the like. */
const OF_CONSTRAINT = 150;
const OF_STEP = 500;

/** Adds up what explanations take, so that what would be too large is never written. */
export class ExplanationSize {
  readonly #limit: number;
  #size = 0;

  /** @param answerBytes `server.limits.answer_bytes` */
  constructor(answerBytes: number) {
    this.#limit = Math.min(answerBytes, MOST_CHARACTERS);
  }

  /** @throws VexilError VEXIL_VALIDATION_ANSWER_SIZE */
  add(explanation: Explanation): void {
    if (this.fits(explanation)) return;
    throw new VexilError(
      "VEXIL_VALIDATION_ANSWER_SIZE",
      `the explanation would be larger than ${this.#limit} characters; ask for fewer flags at once`,
    );
  }

  /** Adds an explanation, and tells whether there was room for it. */
  fits({ result, steps }: Explanation): boolean {
    let size = "variantAttachment" in result ? result.variantAttachment.length : 0;
    for (const { segments = [], intervals = [] } of steps) {
      size += OF_STEP + intervals.length * OF_CONSTRAINT;
      for (const { constraints } of segments) {
        size += OF_STEP;
        for (const constraint of constraints) size += sizeOf(constraint);
      }
      if (this.#size + size > this.#limit) break;
    }
    this.#size += size;
    return this.#size <= this.#limit;
  }
}

function sizeOf({ property, expected, seen }: ExplainedConstraint): number {
  return OF_CONSTRAINT + property.length + expected.length + (seen?.length ?? 0);
}
