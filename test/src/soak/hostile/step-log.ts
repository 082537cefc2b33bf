/** How one kind of step went. */
export interface StepReport {
  readonly count: number;
  readonly slowestMs: number;
  /** All of them together. */
  readonly totalMs: number;
  /** Steps without an answer before their deadline. */
  readonly unanswered: number;
}

/** Outcome of a step. */
export interface StepAnswer {
  readonly status: number;
  readonly text: string;
}

/** How many different server errors are kept. */
const ERRORS_KEPT = 20;
const TEXT_CHARACTERS = 160;

/** Steps that the soak takes besides hostile requests: how long each kind of it took, and what is under way. */
export class StepLog {
  readonly #steps = new Map<string, StepReport>();
  readonly #underWay = new Map<symbol, () => string>();
  /** Answers of 500 and above, by kind of step and text. */
  readonly #errors = new Map<string, number>();

  /** @param detail tells this step from others of its kind */
  async run(kind: string, detail: () => string, ask: () => Promise<StepAnswer>): Promise<void> {
    const id = Symbol(kind);
    this.#underWay.set(id, () => `${kind} ${detail()}`.trim());
    const startedAt = performance.now();
    const answer = await ask().catch((error: unknown): StepAnswer => ({ status: 0, text: String(error) }));
    this.#underWay.delete(id);
    const before = this.#steps.get(kind) ?? { count: 0, slowestMs: 0, totalMs: 0, unanswered: 0 };
    const tookMs = performance.now() - startedAt;
    this.#steps.set(kind, {
      count: before.count + 1,
      slowestMs: Math.max(before.slowestMs, tookMs),
      totalMs: before.totalMs + tookMs,
      unanswered: before.unanswered + (answer.status === 0 ? 1 : 0),
    });
    if (answer.status >= 500) this.#noteError(`${kind}: ${answer.status} ${withoutIds(answer.text)}`);
  }

  get underWay(): string {
    return [...this.#underWay.values()].map((told) => told()).join("; ");
  }

  get steps(): ReadonlyMap<string, StepReport> {
    return this.#steps;
  }

  get errors(): ReadonlyMap<string, number> {
    return this.#errors;
  }

  #noteError(error: string): void {
    if (!this.#errors.has(error) && this.#errors.size >= ERRORS_KEPT) return;
    this.#errors.set(error, (this.#errors.get(error) ?? 0) + 1);
  }
}

/** Errors that differ by an object's id only are one. */
function withoutIds(text: string): string {
  return text.replace(/[0-9a-f]{40}/g, "<id>").slice(0, TEXT_CHARACTERS);
}
