import type { Cell } from "./cells.js";

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

/** Cells that are looked at before a question is given up, which then counts as possible. */
const MOST_LOOKS = 100_000;

/** Possibilities left once the clauses hold, too; undefined: none. Clauses over one property are worked in at once. */
export function narrow(before: Possibilities, clauses: readonly Clause[]): Possibilities | undefined {
  const cells = [...before.cells];
  const open = [...before.open];
  for (const clause of clauses) {
    const [first] = clause;
    if (first === undefined) return undefined;
    if (clause.some(({ property }) => property !== first.property)) {
      open.push(clause);
      continue;
    }
    const left = holding(cells[first.property] ?? [], clause);
    if (left.length === 0) return undefined;
    cells[first.property] = left;
  }
  return { cells, open, hasSupposed: before.hasSupposed };
}

/** Tells whether all of it can be at once. */
export function possible({ cells, open, hasSupposed }: Possibilities): Possible {
  // Where no clause joins properties, each may take any of its own cells.
  if (open.length === 0 && !hasSupposed) return cells.some((own) => own.length === 0) ? "no" : "yes";
  const known = solve(hasSupposed ? cells.map(sureOf) : cells, open, { left: MOST_LOOKS });
  if (known === "yes") return "yes";
  const result = hasSupposed ? solve(cells, open, { left: MOST_LOOKS }) : known;
  return result === "no" ? "no" : "supposed";
}

/** A value of each property, with which it all is so; undefined where none is known. */
export function exampleOf({ cells, open }: Possibilities): readonly string[] | undefined {
  const chosen: string[] = [];
  return solve(cells.map(sureOf), open, { left: MOST_LOOKS }, chosen) === "yes" ? chosen : undefined;
}

function isSupposed({ texts }: Cell): boolean {
  return texts.length === 0;
}

function sureOf(cells: readonly Cell[]): readonly Cell[] {
  return cells.some(isSupposed) ? cells.filter((cell) => !isSupposed(cell)) : cells;
}

function solve(
  cells: readonly (readonly Cell[])[],
  open: readonly Clause[],
  budget: { left: number },
  chosen?: string[],
): "yes" | "no" | "unknown" {
  return cells.some((own) => own.length === 0) ? "no" : solveFrom(0, cells, open, budget, chosen);
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
    budget.left -= before.length;
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
