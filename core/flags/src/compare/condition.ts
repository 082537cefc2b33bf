import { constraintText } from "./condition-text.js";
import { type Clause, narrow, type Possibilities, possible } from "./possibilities.js";
import { clausesOf, type UsedSegments } from "./used-segments.js";

/** Which segments match and which do not, by their index. */
export type Assigned = readonly (readonly [segment: number, match: boolean])[];

/** Clauses beyond which a condition is shown as it is. */
const MOST_CLAUSES = 40;

/**
 * A condition that users read, for who is in the segments as said: none of its parts can be left out.
 * `everybody` where there is no condition.
 */
export function conditionOf(assigned: Assigned, used: UsedSegments, start: Possibilities): string {
  const clauses = minimal(
    assigned.flatMap(([index, match]) => clausesOf(used.segments[index] as UsedSegments["segments"][number], match)),
    start,
  );
  // What holds is easier to read than what does not.
  const parts = clauses.map((clause) => ({ text: clauseText(clause, used), isNegative: isNegative(clause) }));
  const sorted = [...parts.filter((part) => !part.isNegative), ...parts.filter((part) => part.isNegative)];
  return sorted.length === 0 ? "everybody" : sorted.map(({ text }) => text).join(" and ");
}

function isNegative(clause: Clause): boolean {
  return clause.every(({ outcome }) => !outcome);
}

function clauseText(clause: Clause, { constraints }: UsedSegments): string {
  const texts = (outcome: boolean | undefined): readonly string[] =>
    clause.map((literal) => {
      const constraint = constraints[literal.property]?.[literal.constraint];
      return constraint === undefined ? "" : constraintText(constraint, outcome ?? literal.outcome);
    });
  if (clause.length === 1) return texts(undefined).join("");
  return isNegative(clause) ? `not (${texts(true).join(" and ")})` : `(${texts(undefined).join(" or ")})`;
}

/** Leaves out what follows from the rest: negatives first, which hold most often anyway. */
function minimal(given: readonly Clause[], start: Possibilities): readonly Clause[] {
  let clauses = [...given];
  if (clauses.length > MOST_CLAUSES) return clauses;
  const cannot = (some: readonly Clause[]): boolean => {
    const left = narrow(start, some);
    return left === undefined || possible(left) === "no";
  };
  for (const clause of [...clauses].sort((a, b) => Number(isNegative(b)) - Number(isNegative(a)))) {
    const rest = clauses.filter((other) => other !== clause);
    const opposite = clause.map((literal): Clause => [{ ...literal, outcome: !literal.outcome }]);
    if (cannot([...rest, ...opposite])) {
      clauses = rest;
      continue;
    }
    // Alternatives that cannot be, given the rest.
    let kept: Clause = clause;
    for (const literal of clause) {
      if (kept.length > 1 && cannot([...rest, [literal]])) kept = kept.filter((other) => other !== literal);
    }
    clauses = clauses.map((other) => (other === clause ? kept : other));
  }
  return clauses;
}
