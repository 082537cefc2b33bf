import type { CompiledConstraint } from "../compile/snapshot.js";
import { type Cell, cellsOf } from "./cells.js";

/** Flags in the same segments need the same cells: those of so many constraints are kept. */
const MOST_KEPT = 1_000;

/** Cells of properties, found once for the same constraints. */
export class KeptCells {
  readonly #known = new Map<string, readonly Cell[] | undefined>();

  *of(constraints: readonly CompiledConstraint[], isEntity: boolean): Generator<void, readonly Cell[] | undefined> {
    const parts = constraints.map(({ type, property, operator, text }) => [type, property, operator, text]);
    const key = JSON.stringify([isEntity, parts]);
    if (this.#known.has(key)) return this.#known.get(key);
    const cells = yield* cellsOf(constraints, isEntity);
    if (this.#known.size >= MOST_KEPT) this.#known.clear();
    this.#known.set(key, cells);
    return cells;
  }
}
