import type { CompiledConstraint } from "../evaluate/compiled-flag.js";
import { type Cell, cellsOf } from "./cells.js";
import { constraintId } from "./constraint-id.js";
import type { Effort } from "./effort.js";

/** Flags in the same segments need the same cells: those of so many constraints, and of so long ones, are kept. */
const MOST_KEPT = 1_000;
const MOST_CHARACTERS = 64_000_000;

/** Cells of properties, found once for the same constraints. */
export class KeptCells {
  readonly #known = new Map<string, readonly Cell[] | undefined>();

  #characters = 0;

  *of(
    constraints: readonly CompiledConstraint[],
    isEntity: boolean,
    effort: Effort,
  ): Generator<void, readonly Cell[] | undefined> {
    const parts = [String(isEntity)];
    for (const constraint of constraints) {
      if (effort.turn(5 + constraint.text.length / 64)) yield;
      parts.push(constraintId(constraint));
    }
    const key = parts.join("");
    if (this.#known.has(key)) return this.#known.get(key);
    const cells = yield* cellsOf(constraints, isEntity, effort);
    // What was given up for want of effort may be found by another flag.
    if (effort.isSpent) return undefined;
    if (this.#known.size >= MOST_KEPT || this.#characters > MOST_CHARACTERS) {
      this.#known.clear();
      this.#characters = 0;
    }
    this.#characters += key.length;
    this.#known.set(key, cells);
    return cells;
  }
}
