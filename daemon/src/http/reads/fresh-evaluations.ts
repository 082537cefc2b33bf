import type { EvaluationCount } from "../../usage/evaluation-count.js";
import { type Cell, seriesParts, type Tally } from "./tally.js";

/** Evaluations of a process since somebody asked last. They are read from the tally, so that evaluations pay nothing. */
export class FreshEvaluations {
  readonly #tally: Tally;
  readonly #told = new WeakMap<Cell, number>();

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  take(): readonly EvaluationCount[] {
    const fresh = new Map<string, EvaluationCount>();
    for (const [name, cell] of this.#tally.cells("evaluation_results")) {
      const count = cell.value - (this.#told.get(cell) ?? 0);
      if (count === 0) continue;
      this.#told.set(cell, cell.value);
      const [, environment = "", namespace = "", flag = "", , , reason = "", , value = ""] = seriesParts(name);
      const key = [environment, namespace, flag, reason, value].join("\u0000");
      // Segments are told apart by metrics only.
      fresh.set(key, [environment, namespace, flag, value, reason, count + (fresh.get(key)?.[5] ?? 0)]);
    }
    return [...fresh.values()];
  }
}
