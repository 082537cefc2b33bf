import { COMMA_BYTES, type Outcome } from "./outcome.js";

const START = Buffer.from('{"flags":[');

/** An OFREP bulk answer: what came out for each flag, not yet put together. */
export class BulkAnswer {
  readonly etag: string;
  readonly #outcomes: readonly Outcome[];
  readonly #end: Buffer;
  /** Of its JSON in bytes. */
  readonly size: number;

  /** @param end what follows the flags */
  constructor(etag: string, outcomes: readonly Outcome[], end: Buffer) {
    this.etag = etag;
    this.#outcomes = outcomes;
    this.#end = end;
    let size = START.length + end.length - (outcomes.length === 0 ? 0 : COMMA_BYTES);
    for (const outcome of outcomes) size += outcome.ofrep.length;
    this.size = size;
  }

  /** Writes the JSON by copying bytes that are ready: joining and encoding texts takes longer, and leaves garbage. */
  writeTo(target: Buffer): void {
    let offset = START.length - COMMA_BYTES;
    for (const { ofrep } of this.#outcomes) {
      target.set(ofrep, offset);
      offset += ofrep.length;
    }
    // The start goes over the first one's comma.
    target.set(START, 0);
    target.set(this.#end, this.size - this.#end.length);
  }
}

const KEPT = 16;

/**
 * The answers of a namespace that were asked for more than once, by what came out: entities that get the same get the
 * same answer. One that nobody asks for again is not kept.
 */
export class BulkAnswers {
  readonly #seen = new Set<number>();
  readonly #known = new Map<number, { readonly outcomes: readonly Outcome[]; readonly answer: BulkAnswer }>();

  get(outcomes: readonly Outcome[], make: () => BulkAnswer): BulkAnswer {
    let hash = outcomes.length;
    for (const { id } of outcomes) hash = (Math.imul(hash, 31) + id) | 0;
    const known = this.#known.get(hash);
    if (known !== undefined && isSame(known.outcomes, outcomes)) return known.answer;
    const answer = make();
    if (this.#seen.delete(hash)) {
      if (this.#known.size >= KEPT) this.#known.clear();
      this.#known.set(hash, { outcomes, answer });
    } else {
      if (this.#seen.size >= KEPT) this.#seen.clear();
      this.#seen.add(hash);
    }
    return answer;
  }
}

function isSame(known: readonly Outcome[], outcomes: readonly Outcome[]): boolean {
  return known.length === outcomes.length && known.every((outcome, index) => outcome === outcomes[index]);
}
