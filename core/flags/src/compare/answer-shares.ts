import type { CompiledFlag } from "../evaluate/compiled-flag.js";
import type { Context } from "../evaluate/context.js";
import { matchConstraint } from "../evaluate/match-constraint.js";
import { MOST_STEPS } from "./affected-flag.js";
import type { Answer } from "./answer.js";
import { type Cell, cellsOf } from "./cells.js";
import { shareOf } from "./combined.js";
import { decide, leavesOf } from "./decision-tree.js";
import { Effort } from "./effort.js";
import { everything } from "./possibilities.js";
import { collectSegments } from "./used-segments.js";

/** The smallest and the largest part of entities, from 0 to 1. */
export interface ShareBounds {
  readonly least: number;
  readonly most: number;
}

/**
 * The part of all entities that get such an answer in a context, counted over the grid of buckets. Both bounds are the
 * same unless constraints on the entity's identifier tell entities apart, other than by naming them. Undefined where
 * there are too many combinations of these. Yields where others may have their turn.
 */
export function* answerShares(
  flag: CompiledFlag,
  context: Context,
  wanted: (answer: Answer) => boolean,
): Generator<void, ShareBounds | undefined> {
  const effort = new Effort(MOST_STEPS);
  const collected = yield* collectSegments(undefined, flag, effort);
  const cells: (readonly Cell[])[] = [];
  for (const [index, constraints] of collected.constraints.entries()) {
    if (index !== collected.entity) {
      const outcomes: boolean[] = [];
      for (const constraint of constraints) {
        if (effort.turn(10)) yield;
        outcomes.push(matchConstraint(constraint, "", context));
      }
      cells.push([{ outcomes, texts: [""], isNamed: false }]);
      continue;
    }
    const found = yield* cellsOf(constraints, true, effort);
    if (found === undefined) return undefined;
    // Named entities are none among all there can be.
    cells.push(found.filter(({ isNamed }) => !isNamed));
  }
  const used = { ...collected, cells };
  const decision = yield* decide({ base: undefined, head: flag }, used, everything(cells), false, effort);
  if (decision === undefined) return undefined;
  const shares = leavesOf(decision).map(({ pieces }) => {
    const own = pieces.filter(({ answers }) => wanted(answers.head.answer));
    return own.reduce((sum, piece) => sum + shareOf(piece), 0);
  });
  return { least: Math.min(...shares), most: Math.max(...shares) };
}
