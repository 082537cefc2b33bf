import type { Caller } from "@vexil/plugin-api";
import type { CallerReference } from "./messages.js";

/** Callers that workers ask about, by the workers' numbers for them: each is told once, and is the same from then on. */
export class ToldCallers<Worker> {
  readonly #told = new Map<Worker, Map<number, Caller>>();

  /** @returns whom a worker asks about; undefined if it never said */
  of(from: Worker, { number, told, dropped }: CallerReference): Caller | undefined {
    const known = this.#told.get(from) ?? new Map<number, Caller>();
    this.#told.set(from, known);
    for (const one of dropped) known.delete(one);
    if (told !== undefined) known.set(number, told);
    return known.get(number);
  }

  /** The worker is no more. */
  forget(worker: Worker): void {
    this.#told.delete(worker);
  }
}
