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
}

/** How sure it is that something can be: `supposed` of what nobody has an example for. */
export type Possible = "yes" | "supposed" | "no";

/** Choices that are tried before a question is given up, which then counts as possible. */
const MOST_CHOICES = 2_000;

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
  return { cells, open };
}

/** Tells whether all of it can be at once. */
export function possible({ cells, open }: Possibilities): Possible {
  const sure = cells.map((own) => own.filter(({ texts }) => texts.length > 0));
  const known = solve(sure, open, { left: MOST_CHOICES });
  if (known === "yes") return "yes";
  const hasSupposed = sure.some((own, index) => own.length < (cells[index]?.length ?? 0));
  const result = hasSupposed ? solve(cells, open, { left: MOST_CHOICES }) : known;
  return result === "no" ? "no" : "supposed";
}

/** A value of each property, with which it all is so; undefined where none is known. */
export function exampleOf({ cells, open }: Possibilities): readonly string[] | undefined {
  const sure = cells.map((own) => own.filter(({ texts }) => texts.length > 0));
  const chosen: string[] = [];
  if (solve(sure, open, { left: MOST_CHOICES }, chosen) !== "yes") return undefined;
  return chosen;
}

function solve(
  cells: readonly (readonly Cell[])[],
  open: readonly Clause[],
  budget: { left: number },
  chosen?: string[],
): "yes" | "no" | "unknown" {
  if (cells.some((own) => own.length === 0)) return "no";
  const [clause, ...rest] = open;
  if (clause === undefined) {
    chosen?.push(...cells.map(([cell]) => cell?.texts[0] ?? ""));
    return "yes";
  }
  budget.left -= 1;
  if (budget.left < 0) return "unknown";
  let isUnknown = false;
  for (const property of new Set(clause.map((literal) => literal.property))) {
    const part = clause.filter((literal) => literal.property === property);
    const before = cells[property] ?? [];
    const left = holding(before, part);
    if (left.length === 0) continue;
    const result = solve(left.length === before.length ? cells : cells.with(property, left), rest, budget, chosen);
    if (result === "yes") return "yes";
    if (result === "unknown") isUnknown = true;
    // Where the clause holds whatever this property is, no other way of it adds anything.
    else if (left.length === before.length) return "no";
  }
  return isUnknown ? "unknown" : "no";
}

function holding(cells: readonly Cell[], part: Clause): readonly Cell[] {
  return cells.filter(({ outcomes }) => part.some(({ constraint, outcome }) => outcomes[constraint] === outcome));
}
