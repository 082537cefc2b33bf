import type { Cell } from "./cells.js";
import type { Effort } from "./effort.js";

/** An outcome of one constraint: which property, which of its constraints, and what it gives. */
export interface Literal {
  readonly property: number;
  readonly constraint: number;
  readonly outcome: boolean;
}

/** One of the literals has to hold. */
export type Clause = readonly Literal[];

/** Things that can still be: the cells left to each property, and clauses over several properties that have to hold. */
export interface Possibilities {
  readonly cells: readonly (readonly Cell[])[];
  readonly open: readonly Clause[];
  /** Some cells of some property are supposed alone. */
  readonly hasSupposed: boolean;
}

/** All that can be, before anything is said. */
export function everything(cells: readonly (readonly Cell[])[]): Possibilities {
  return { cells, open: [], hasSupposed: cells.some((own) => own.some(isSupposed)) };
}

/** How sure it is that something can be: `supposed` of what nobody has an example for. */
export type Possible = "yes" | "supposed" | "no";

/** Outcomes that are looked at before a question is given up, which then counts as possible. */
const MOST_LOOKS = 300_000;
/** Steps that a part of a clause takes besides. */
const OF_PART = 5;

/**
 * Possibilities left once the clauses hold, too; undefined: none. Clauses over one property are worked in at once.
 * Yields where others may have their turn.
 */
export function* narrow(
  before: Possibilities,
  clauses: readonly Clause[],
  effort: Effort,
): Generator<void, Possibilities | undefined> {
  const cells = [...before.cells];
  const open = [...before.open];
  effort.spend(cells.length + open.length);
  for (const clause of clauses) {
    if (effort.turn(clause.length)) yield;
    const [first] = clause;
    if (first === undefined) return undefined;
    if (clause.some(({ property }) => property !== first.property)) {
      open.push(clause);
      continue;
    }
    const own = cells[first.property] ?? [];
    if (effort.turn(own.length * clause.length)) yield;
    const left = holding(own, clause);
    if (left.length === 0) return undefined;
    cells[first.property] = left;
  }
  return { cells, open, hasSupposed: before.hasSupposed };
}

/** Tells whether all of it can be at once. The effort is counted, but no turn is given. */
export function possible({ cells, open, hasSupposed }: Possibilities, effort: Effort): Possible {
  effort.spend(cells.length);
  // Where no clause joins properties, each may take any of its own cells.
  if (open.length === 0 && !hasSupposed) return cells.some((own) => own.length === 0) ? "no" : "yes";
  const known = solve(hasSupposed ? cells.map((own) => sureOf(own, effort)) : cells, open, effort);
  if (known === "yes") return "yes";
  const result = hasSupposed ? solve(cells, open, effort) : known;
  return result === "no" ? "no" : "supposed";
}

/** A value of each property, with which it all is so; undefined where none is known. */
export function exampleOf({ cells, open }: Possibilities, effort: Effort): readonly string[] | undefined {
  const chosen: string[] = [];
  const sure = cells.map((own) => sureOf(own, effort));
  return solve(sure, open, effort, chosen) === "yes" ? chosen : undefined;
}

function isSupposed({ texts }: Cell): boolean {
  return texts.length === 0;
}

function sureOf(cells: readonly Cell[], effort: Effort): readonly Cell[] {
  effort.spend(cells.length);
  return cells.some(isSupposed) ? cells.filter((cell) => !isSupposed(cell)) : cells;
}

function solve(
  cells: readonly (readonly Cell[])[],
  open: readonly Clause[],
  effort: Effort,
  chosen?: string[],
): "yes" | "no" | "unknown" {
  if (cells.some((own) => own.length === 0)) return "no";
  const budget = { left: MOST_LOOKS };
  const result = solveFrom(0, cells, open, budget, chosen);
  effort.spend(cells.length + MOST_LOOKS - budget.left);
  return result;
}

/** Goes on with the clauses from one on; every property has a cell left. */
function solveFrom(
  index: number,
  cells: readonly (readonly Cell[])[],
  open: readonly Clause[],
  budget: { left: number },
  chosen: string[] | undefined,
): "yes" | "no" | "unknown" {
  const clause = open[index];
  if (clause === undefined) {
    chosen?.push(...cells.map(([cell]) => cell?.texts[0] ?? ""));
    return "yes";
  }
  let isUnknown = false;
  for (const [property, part] of partsOf(clause)) {
    const before = cells[property] ?? [];
    budget.left -= before.length * part.length + OF_PART;
    if (budget.left < 0) return "unknown";
    const left = holding(before, part);
    if (left.length === 0) continue;
    const isFree = left.length === before.length;
    const result = solveFrom(index + 1, isFree ? cells : cells.with(property, left), open, budget, chosen);
    if (result === "yes") return "yes";
    if (result === "unknown") isUnknown = true;
    // Where the clause holds whatever this property is, no other way of it adds anything.
    else if (isFree) return "no";
  }
  return isUnknown ? "unknown" : "no";
}

function* partsOf(clause: Clause): Generator<readonly [property: number, part: Clause]> {
  const parts = new Map<number, Literal[]>();
  for (const literal of clause) {
    const part = parts.get(literal.property);
    if (part === undefined) parts.set(literal.property, [literal]);
    else part.push(literal);
  }
  yield* parts;
}

function holding(cells: readonly Cell[], part: Clause): readonly Cell[] {
  return cells.filter(({ outcomes }) => part.some(({ constraint, outcome }) => outcomes[constraint] === outcome));
}
