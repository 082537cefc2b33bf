import { constraintText } from "./condition-text.js";
import type { Effort } from "./effort.js";
import { type Clause, narrow, type Possibilities, possible } from "./possibilities.js";
import { clausesOf, type UsedSegments } from "./used-segments.js";

/** Which segments match and which do not, by their index. */
export type Assigned = readonly (readonly [segment: number, match: boolean])[];

/** Cells that are looked at, about, to make one condition as short as it can be; beyond it is shown as it is. */
const MOST_LOOKS = 500_000;
/** Steps that all conditions of a flag take for that. */
export const MOST_WORDING = 20_000_000;
/** Parts of a condition that are shown. */
const MOST_PARTS = 40;

/**
 * A condition that users read, for who is in the segments as said: none of its parts can be left out.
 * `everybody` where there is no condition. Yields where others may have their turn.
 * @param wording what may be spent on making it short
 */
export function* conditionOf(
  assigned: Assigned,
  used: UsedSegments,
  start: Possibilities,
  wording: Effort,
): Generator<void, string> {
  const given: Clause[] = [];
  for (const [index, match] of assigned) {
    const clauses = clausesOf(used.segments[index] as UsedSegments["segments"][number], match);
    if (wording.turn(1 + clauses.length)) yield;
    for (const clause of clauses) given.push(clause);
  }
  const clauses = yield* minimal(given, start, wording);
  // What holds is easier to read than what does not.
  const sorted = [...clauses.filter((clause) => !isNegative(clause)), ...clauses.filter(isNegative)];
  return sorted.length === 0 ? "everybody" : joined(sorted, " and ", (clause) => clauseText(clause, used));
}

function joined<T>(items: readonly T[], word: string, textOf: (item: T) => string): string {
  const shown = items.slice(0, MOST_PARTS).map(textOf).join(word);
  return items.length <= MOST_PARTS ? shown : `${shown}${word}… ${items.length - MOST_PARTS} more`;
}

/** Literals of a clause are all true, or all false: it says that a segment matches, or that it does not. */
function isNegative([first]: Clause): boolean {
  return first?.outcome === false;
}

function clauseText(clause: Clause, { constraints }: UsedSegments): string {
  const isNot = isNegative(clause);
  const textOf = (literal: Clause[number], outcome: boolean): string => {
    const constraint = constraints[literal.property]?.[literal.constraint];
    return constraint === undefined ? "" : constraintText(constraint, outcome);
  };
  const [first] = clause;
  if (clause.length === 1 && first !== undefined) return textOf(first, first.outcome);
  const texts = joined(clause, isNot ? " and " : " or ", (literal) => textOf(literal, true));
  return isNot ? `not (${texts})` : `(${texts})`;
}

/** Leaves out what follows from the rest: negatives first, which hold most often anyway. */
function* minimal(given: readonly Clause[], start: Possibilities, wording: Effort): Generator<void, readonly Clause[]> {
  let clauses = [...given];
  const literals = clauses.reduce((sum, clause) => sum + clause.length, 0);
  const properties = new Set(clauses.flatMap((clause) => clause.map(({ property }) => property)));
  const cells = [...properties].reduce((sum, property) => sum + (start.cells[property]?.length ?? 0), 0);
  // Each literal is tried without, and with all the others.
  if (literals * (literals + clauses.length) * (cells / Math.max(1, properties.size)) > MOST_LOOKS) return clauses;
  function* cannot(some: readonly Clause[]): Generator<void, boolean> {
    const left = yield* narrow(start, some, wording);
    return left === undefined || possible(left, wording) === "no";
  }
  for (const clause of [...clauses].sort((a, b) => Number(isNegative(b)) - Number(isNegative(a)))) {
    if (wording.isSpent) break;
    const rest = clauses.filter((other) => other !== clause);
    const opposite = clause.map((literal): Clause => [{ ...literal, outcome: !literal.outcome }]);
    if (yield* cannot([...rest, ...opposite])) {
      clauses = rest;
      continue;
    }
    // Alternatives that cannot be, given the rest.
    let kept: Clause = clause;
    for (const literal of clause) {
      if (kept.length > 1 && (yield* cannot([...rest, [literal]]))) kept = kept.filter((other) => other !== literal);
    }
    clauses = clauses.map((other) => (other === clause ? kept : other));
  }
  return clauses;
}
