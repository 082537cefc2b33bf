import { allOf, type Condition, EVERYBODY, isEverybody } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";
import { rounded, type Share, type SourceFlag } from "../model/source-flag.js";

/** A rule that decides for all whom it is about: the first that matches counts. */
export interface Cell {
  readonly when: Condition;
  readonly description: string;
  /** Percent by variant; 100 together. */
  readonly parts: ReadonlyMap<string, number>;
}

const MOST_CELLS = 64;

/**
 * The rules of a flag without rests: whoever would go on to later rules is given their parts at once. The last cell is
 * about everybody.
 * @throws NotCarried where it would take too many
 */
export function cellsOf(flag: SourceFlag): readonly Cell[] {
  let cells: readonly Cell[] = [{ when: EVERYBODY, description: "", parts: partsOf(flag.otherwise) }];
  for (const { when, description, shares, rest } of flag.rules.toReversed()) {
    const own = partsOf(shares);
    const mixed =
      rest <= 0
        ? [{ when, description, parts: own }]
        : cells.map((cell) => ({
            when: allOf([when, cell.when]),
            description,
            parts:
              flag.nestsAround === undefined ? mix(own, rest, cell.parts) : nest(own, cell.parts, flag.nestsAround),
          }));
    cells = reachable([...mixed, ...cells]);
    if (cells.length > MOST_CELLS) throw new NotCarried(`its rules overlap in more than ${MOST_CELLS} ways`);
  }
  return cells;
}

/** The variant that all get, where there is one. */
export function onlyPart(parts: ReadonlyMap<string, number>): string | undefined {
  const [first, ...others] = parts.keys();
  return others.length === 0 ? first : undefined;
}

function partsOf(shares: readonly Share[]): ReadonlyMap<string, number> {
  const parts = new Map<string, number>();
  for (const { variant, percent } of shares) add(parts, variant, percent);
  return parts;
}

/** Whoever goes on is cut anew, so that each later part gets its part of them. */
function mix(own: ReadonlyMap<string, number>, rest: number, later: ReadonlyMap<string, number>) {
  const parts = new Map(own);
  for (const [variant, percent] of later) add(parts, variant, (rest * percent) / 100);
  return parts;
}

/** Where all rules cut users alike, a later one gives the flag to those alone who are beyond the earlier one's part. */
function nest(own: ReadonlyMap<string, number>, later: ReadonlyMap<string, number>, off: string) {
  const parts = new Map(own);
  const before = sum(own);
  const on = sum(later) - (later.get(off) ?? 0);
  const more = Math.max(0, on - before);
  for (const [variant, percent] of later) if (variant !== off && more > 0) add(parts, variant, (more * percent) / on);
  add(parts, off, 100 - before - more);
  return parts;
}

function add(parts: Map<string, number>, variant: string, percent: number): void {
  const whole = rounded((parts.get(variant) ?? 0) + percent);
  if (whole > 0) parts.set(variant, whole);
}

const sum = (parts: ReadonlyMap<string, number>): number => [...parts.values()].reduce((all, one) => all + one, 0);

function reachable(cells: readonly Cell[]): readonly Cell[] {
  const last = cells.findIndex(({ when }) => isEverybody(when));
  return last < 0 ? cells : cells.slice(0, last + 1);
}
