import type { CompiledConstraint } from "../evaluate/compiled-flag.js";
import { trimSpace } from "../evaluate/trim-space.js";
import type { Effort } from "./effort.js";
import { FIRST_INSTANT, formatInstant, LAST_INSTANT } from "./format-instant.js";
import { choicesOf, UsedCharacters } from "./fresh-texts.js";

/** Texts that are tried for one property at most. */
const MOST_TEXTS = 4096;
/** Outcomes that are looked at for one property at most: of each text by each constraint. */
const MOST_OUTCOMES = 1_000_000;
/** Characters of the texts that are made, together. */
const MOST_CHARACTERS = 8_000_000;
const MOST_INFIXES = 12;
/** Numbers beyond all others, and those that are none, in more spellings than constraints name. */
const ODD_NUMBERS = ["NaN", "nan", "NAN", "Nan", "Infinity", "inf", "+Inf", "INF", "-Infinity", "-inf", "-Inf", "-INF"];
const BOOLEANS = ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"];

export interface ExampleTexts {
  /** Texts that constraints name, each of them an example of nothing but itself. */
  readonly named: ReadonlySet<string>;
  /** Texts of which each stands for endlessly many. */
  readonly others: ReadonlySet<string>;
  /** The texts may not show all that can be: prefixes and the like meet numbers, dates or booleans. */
  readonly isMixed: boolean;
}

/**
 * Texts for one property such that whatever outcomes its constraints can have together, one of the texts has them; but
 * for mixed ones. Undefined where that would be too many.
 *
 * A text that no constraint names is told apart by the longest prefix and suffix that it has and by the texts that it
 * contains, so those with a fresh character between them have all that can be. A number is told apart by the
 * numbers that it lies between, however it is written; so is an instant. Yields where others may have their turn.
 */
export function* exampleTexts(
  constraints: readonly CompiledConstraint[],
  effort: Effort,
): Generator<void, ExampleTexts | undefined> {
  const most = MOST_OUTCOMES / Math.max(1, constraints.length);
  const named = yield* namedTexts(constraints, most, effort);
  if (named === undefined) return undefined;
  const affixes = affixesOf(constraints);
  if (effort.turn(constraints.length)) yield;
  const others = yield* affixed(affixes, named, effort);
  if (others === undefined) return undefined;
  const add = (text: string | undefined, longer: (text: string) => string): void => {
    let other = text;
    while (other !== undefined && named.has(other)) other = longer(other);
    if (other !== undefined) others.add(other);
  };
  const numbers = yield* numbersOf(constraints, most, effort);
  if (numbers === null) return undefined;
  for (const number of between(numbers, (a, b) => a / 2 + b / 2)) {
    if (effort.turn(10)) yield;
    add(String(number), (text) => text.replace(/^-?/, "$&0"));
  }
  if (numbers !== undefined) for (const text of ODD_NUMBERS) others.add(text);
  for (const instant of between(instantsOf(constraints), (a, b) => (a + b) / 2n)) {
    if (effort.turn(10)) yield;
    add(formatInstant(instant), (text) => text.replace(/(\.\d+)/, "$10"));
  }
  if (others.size > MOST_TEXTS || named.size + others.size > most) return undefined;
  const isRead = constraints.some(({ type, operator }) => !isOfText(type) && !operator.endsWith("present"));
  const hasAffixes = affixes.prefixes.size + affixes.suffixes.size + affixes.infixes.size > 0;
  return { named, others, isMixed: isRead && hasAffixes };
}

function* namedTexts(
  constraints: readonly CompiledConstraint[],
  most: number,
  effort: Effort,
): Generator<void, ReadonlySet<string> | undefined> {
  const named = new Set<string>([""]);
  for (const { type, operator, text, value } of constraints) {
    if (effort.turn(1)) yield;
    if (type === "BOOLEAN") for (const item of BOOLEANS) named.add(item);
    if (!isOfText(type)) continue;
    if (operator === "eq" || operator === "neq") named.add(text);
    if (!(value instanceof Set)) continue;
    for (const item of value) {
      if (effort.turn(4)) yield;
      if (named.size > most) return undefined;
      named.add(String(item));
    }
  }
  return named;
}

function isOfText(type: CompiledConstraint["type"]): boolean {
  return type === "STRING" || type === "ENTITY_ID";
}

interface Affixes {
  readonly prefixes: ReadonlySet<string>;
  readonly suffixes: ReadonlySet<string>;
  readonly infixes: ReadonlySet<string>;
}

function affixesOf(constraints: readonly CompiledConstraint[]): Affixes {
  const textsOf = (...operators: readonly string[]): ReadonlySet<string> => {
    const found = constraints.filter(({ type, operator }) => isOfText(type) && operators.includes(operator));
    return new Set(found.map(({ text }) => text));
  };
  return { prefixes: textsOf("prefix"), suffixes: textsOf("suffix"), infixes: textsOf("contains", "notcontains") };
}

function* affixed(
  { prefixes, suffixes, infixes }: Affixes,
  named: ReadonlySet<string>,
  effort: Effort,
): Generator<void, Set<string> | undefined> {
  if (infixes.size > MOST_INFIXES) return undefined;
  const starts = new Set(["", ...prefixes]);
  const ends = new Set(["", ...suffixes]);
  const count = starts.size * ends.size * 2 ** infixes.size;
  if (count > MOST_TEXTS) return undefined;
  const mean = lengthOf(starts) / starts.size + lengthOf(ends) / ends.size + lengthOf(infixes) / 2;
  if (count * mean > MOST_CHARACTERS) return undefined;
  const texts = new Set<string>();
  const used = new UsedCharacters();
  // White space alone is a text to some operators and none to others.
  const spaces = [...infixes].filter((text) => text !== "" && trimSpace(text) === "");
  for (const some of [named, spaces]) yield* used.add(some, effort);
  const space = used.freshSpace();
  for (const some of [starts, ends, infixes]) yield* used.add(some, effort);
  const fresh = used.freshCharacter();
  if (space === undefined || fresh === undefined) return undefined;
  for (const inner of choicesOf([...infixes])) {
    const middle = `${fresh}${inner.map((text) => `${text}${fresh}`).join("")}`;
    for (const start of starts) {
      if (effort.turn(10 * ends.size)) yield;
      for (const end of ends) texts.add(`${start}${middle}${end}`);
    }
  }
  for (const inner of choicesOf(spaces)) texts.add(`${space}${inner.map((text) => `${text}${space}`).join("")}`);
  return texts;
}

function lengthOf(texts: ReadonlySet<string>): number {
  let length = 0;
  for (const text of texts) length += text.length;
  return length;
}

/** Numbers that constraints name, and those that are always tried; null where they are too many. */
function* numbersOf(
  constraints: readonly CompiledConstraint[],
  most: number,
  effort: Effort,
): Generator<void, readonly number[] | undefined | null> {
  const own = constraints.filter(({ type, operator }) => type === "NUMBER" && !operator.endsWith("present"));
  if (own.length === 0) return undefined;
  const numbers = new Set<number>();
  for (const { value } of own) {
    for (const number of value instanceof Set ? value : [value]) {
      if (effort.turn(2)) yield;
      if (Number.isFinite(number)) numbers.add(number as number);
      if (numbers.size > Math.min(most, MOST_TEXTS)) return null;
    }
  }
  return [...numbers, -Number.MAX_VALUE, Number.MAX_VALUE, 0];
}

function instantsOf(constraints: readonly CompiledConstraint[]): readonly bigint[] | undefined {
  const own = constraints.filter(({ type, operator }) => type === "DATETIME" && !operator.endsWith("present"));
  if (own.length === 0) return undefined;
  const instants = own.flatMap(({ value }) => (typeof value === "bigint" ? [value] : []));
  return [...instants, FIRST_INSTANT, LAST_INSTANT];
}

/** The values, and one between each two neighbours where there is any. */
function between<T extends number | bigint>(values: readonly T[] | undefined, middle: (a: T, b: T) => T): readonly T[] {
  const sorted = [...new Set(values ?? [])].sort((a, b) => (a < b ? -1 : 1));
  return sorted.flatMap((value, index) => {
    const next = sorted[index + 1];
    if (next === undefined) return [value];
    const inner = middle(value, next);
    return inner > value && inner < next ? [value, inner] : [value];
  });
}
