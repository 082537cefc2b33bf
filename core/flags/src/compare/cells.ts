import type { CompiledConstraint } from "../compile/snapshot.js";
import { matchConstraint } from "../evaluate/match-constraint.js";
import { trimSpace } from "../evaluate/trim-space.js";
import { exampleTexts } from "./example-texts.js";

/** Outcomes that the constraints on one property have together. */
export interface Cell {
  readonly outcomes: readonly boolean[];
  /** Texts that have them: one of endlessly many, or all the named ones. None: it is not known that there is one. */
  readonly texts: readonly string[];
  /** Only the texts have these outcomes, among those that constraints name. */
  readonly isNamed: boolean;
}

/** Cells of one property at most, and outcomes that are looked at to find them. */
const MOST_CELLS = 4096;
const MOST_OUTCOMES = 1_000_000;
const TEXTS_BETWEEN_LOOKS = 500;

/**
 * The cells of a property: whatever value it has, it falls into one of them. Undefined where there would be too many.
 * Yields where others may have their turn.
 * @param isEntity named texts are kept apart from all others: with an entity's id its bucket is fixed
 */
export function* cellsOf(
  constraints: readonly CompiledConstraint[],
  isEntity: boolean,
): Generator<void, readonly Cell[] | undefined> {
  const examples = exampleTexts(constraints);
  if (examples === undefined) return undefined;
  const { named, others, isMixed } = examples;
  if ((named.size + others.size) * constraints.length > MOST_OUTCOMES) return undefined;
  const cells = new Map<string, { outcomes: readonly boolean[]; texts: string[]; isNamed: boolean }>();
  let looked = 0;
  const add = (text: string, isNamed: boolean): void => {
    const outcomes = constraints.map((constraint) => outcomeOf(constraint, text));
    const key = `${isNamed} ${keyOf(outcomes)}`;
    const known = cells.get(key);
    if (known === undefined) cells.set(key, { outcomes, texts: [text], isNamed });
    else if (isNamed) known.texts.push(text);
  };
  for (const text of others) {
    add(text, false);
    looked += 1;
    if (looked % TEXTS_BETWEEN_LOOKS === 0) yield;
  }
  for (const text of named) {
    add(text, isEntity);
    looked += 1;
    if (looked % TEXTS_BETWEEN_LOOKS === 0) yield;
  }
  const found = [...cells.values()];
  const supposed = isMixed ? supposedCells(constraints, found) : [];
  return supposed === undefined || found.length + supposed.length > MOST_CELLS ? undefined : [...found, ...supposed];
}

function outcomeOf(constraint: CompiledConstraint, text: string): boolean {
  return matchConstraint(constraint, text, { [constraint.property]: text });
}

function keyOf(outcomes: readonly boolean[]): string {
  return outcomes.map((outcome) => (outcome ? "1" : "0")).join("");
}

/**
 * Cells that there may be, though no example was found: prefixes and the like beside numbers, dates and booleans. Each
 * of the ones goes with each of the others.
 */
function supposedCells(constraints: readonly CompiledConstraint[], found: readonly Cell[]): Cell[] | undefined {
  const isRead = constraints.map(({ type }) => type !== "STRING" && type !== "ENTITY_ID");
  const full = found.filter(({ texts: [text = ""] }) => trimSpace(text) !== "");
  const read = distinct(full, (outcomes) => outcomes.filter((_, index) => isRead[index]));
  const compared = distinct(full, (outcomes) => outcomes.filter((_, index) => !isRead[index]));
  if (read.length * compared.length > MOST_CELLS) return undefined;
  const known = new Set(found.map(({ outcomes }) => keyOf(outcomes)));
  return read.flatMap((left) =>
    compared.flatMap((right) => {
      const [lefts, rights] = [left.values(), right.values()];
      const outcomes = isRead.map((one) => (one ? lefts : rights).next().value === true);
      return known.has(keyOf(outcomes)) ? [] : [{ outcomes, texts: [], isNamed: false }];
    }),
  );
}

function distinct(
  cells: readonly Cell[],
  part: (outcomes: readonly boolean[]) => readonly boolean[],
): readonly (readonly boolean[])[] {
  return [...new Map(cells.map(({ outcomes }) => [keyOf(part(outcomes)), part(outcomes)])).values()];
}
