import { constraintText } from "./condition-text.js";
import { type Clause, narrow, type Possibilities, possible } from "./possibilities.js";
import { clausesOf, type UsedSegments } from "./used-segments.js";

/** Which segments match and which do not, by their index. */
export type Assigned = readonly (readonly [segment: number, match: boolean])[];

/** Cells that are looked at, about, to make one condition as short as it can be; beyond it is shown as it is. */
const MOST_LOOKS = 500_000;
/** Parts of a condition that are shown. */
const MOST_PARTS = 40;

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
  return sorted.length === 0
    ? "everybody"
    : joined(
        sorted.map(({ text }) => text),
        " and ",
      );
}

function joined(texts: readonly string[], word: string): string {
  if (texts.length <= MOST_PARTS) return texts.join(word);
  return `${texts.slice(0, MOST_PARTS).join(word)}${word}… ${texts.length - MOST_PARTS} more`;
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
  return isNegative(clause) ? `not (${joined(texts(true), " and ")})` : `(${joined(texts(undefined), " or ")})`;
}

/** Leaves out what follows from the rest: negatives first, which hold most often anyway. */
function minimal(given: readonly Clause[], start: Possibilities): readonly Clause[] {
  let clauses = [...given];
  const literals = clauses.reduce((sum, clause) => sum + clause.length, 0);
  const properties = new Set(clauses.flatMap((clause) => clause.map(({ property }) => property)));
  const cells = [...properties].reduce((sum, property) => sum + (start.cells[property]?.length ?? 0), 0);
  // Each literal is tried without, and with all the others.
  if (literals * (literals + clauses.length) * (cells / Math.max(1, properties.size)) > MOST_LOOKS) return clauses;
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
