import type { CompiledConstraint } from "../evaluate/compiled-flag.js";
import { matchConstraint } from "../evaluate/match-constraint.js";
import { trimSpace } from "../evaluate/trim-space.js";
import type { Effort } from "./effort.js";
import { exampleTexts } from "./example-texts.js";

/** Outcomes that the constraints on one property have together. */
export interface Cell {
  readonly outcomes: readonly boolean[];
  /** Texts that have them: one of endlessly many, or all the named ones. None: it is not known that there is one. */
  readonly texts: readonly string[];
  /** Only the texts have these outcomes, among those that constraints name. */
  readonly isNamed: boolean;
}

/** Cells of one property at most. */
const MOST_CELLS = 4096;
/** Steps that one outcome is, and characters of a text that are another. */
const OF_OUTCOME = 4;
const CHARACTERS = 256;
/** Outcomes of cells that are supposed, together. */
const MOST_SUPPOSED = 4_000_000;

/**
 * The cells of a property: whatever value it has, it falls into one of them. Undefined where there would be too many.
 * Yields where others may have their turn.
 * @param isEntity named texts are kept apart from all others: with an entity's id its bucket is fixed
 */
export function* cellsOf(
  constraints: readonly CompiledConstraint[],
  isEntity: boolean,
  effort: Effort,
): Generator<void, readonly Cell[] | undefined> {
  const examples = yield* exampleTexts(constraints, effort);
  if (examples === undefined) return undefined;
  const { named, others, isMixed } = examples;
  const cells = new Map<string, { outcomes: readonly boolean[]; texts: string[]; isNamed: boolean }>();
  const sides: readonly (readonly [ReadonlySet<string>, boolean])[] = [
    [others, false],
    [named, isEntity],
  ];
  for (const [texts, isNamed] of sides) {
    for (const text of texts) {
      const outcomes = yield* outcomesOf(constraints, text, effort);
      if (effort.isSpent || cells.size > MOST_CELLS) return undefined;
      const key = `${isNamed} ${keyOf(outcomes)}`;
      const known = cells.get(key);
      if (known === undefined) cells.set(key, { outcomes, texts: [text], isNamed });
      else if (isNamed) known.texts.push(text);
    }
  }
  const found = [...cells.values()];
  const supposed = isMixed ? yield* supposedCells(constraints, found, effort) : [];
  return supposed === undefined || found.length + supposed.length > MOST_CELLS ? undefined : [...found, ...supposed];
}

function* outcomesOf(
  constraints: readonly CompiledConstraint[],
  text: string,
  effort: Effort,
): Generator<void, readonly boolean[]> {
  // All are on one property, but for those on the entity's id.
  const context = { [constraints[0]?.property ?? ""]: text };
  const steps = OF_OUTCOME + text.length / CHARACTERS;
  const outcomes: boolean[] = [];
  for (const constraint of constraints) {
    if (effort.turn(steps)) yield;
    outcomes.push(matchConstraint(constraint, text, context));
  }
  return outcomes;
}

function keyOf(outcomes: readonly boolean[]): string {
  return outcomes.map((outcome) => (outcome ? "1" : "0")).join("");
}

/**
 * Cells that there may be, though no example was found: prefixes and the like beside numbers, dates and booleans. Each
 * of the ones goes with each of the others.
 */
function* supposedCells(
  constraints: readonly CompiledConstraint[],
  found: readonly Cell[],
  effort: Effort,
): Generator<void, Cell[] | undefined> {
  const isRead = constraints.map(({ type }) => type !== "STRING" && type !== "ENTITY_ID");
  const full = found.filter(({ texts: [text = ""] }) => trimSpace(text) !== "");
  const read = yield* distinct(full, (outcomes) => outcomes.filter((_, index) => isRead[index]), effort);
  const compared = yield* distinct(full, (outcomes) => outcomes.filter((_, index) => !isRead[index]), effort);
  const count = read.length * compared.length;
  if (count > MOST_CELLS || count * constraints.length > MOST_SUPPOSED) return undefined;
  const known = new Set(found.map(({ outcomes }) => keyOf(outcomes)));
  const supposed: Cell[] = [];
  for (const left of read) {
    for (const right of compared) {
      if (effort.turn(OF_OUTCOME * constraints.length)) yield;
      const [lefts, rights] = [left.values(), right.values()];
      const outcomes = isRead.map((one) => (one ? lefts : rights).next().value === true);
      if (!known.has(keyOf(outcomes))) supposed.push({ outcomes, texts: [], isNamed: false });
    }
  }
  return supposed;
}

function* distinct(
  cells: readonly Cell[],
  part: (outcomes: readonly boolean[]) => readonly boolean[],
  effort: Effort,
): Generator<void, readonly (readonly boolean[])[]> {
  const parts = new Map<string, readonly boolean[]>();
  for (const { outcomes } of cells) {
    if (effort.turn(OF_OUTCOME * outcomes.length)) yield;
    const own = part(outcomes);
    parts.set(keyOf(own), own);
  }
  return [...parts.values()];
}
