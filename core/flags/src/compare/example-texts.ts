import type { CompiledConstraint } from "../compile/snapshot.js";
import { trimSpace } from "../evaluate/trim-space.js";
import { FIRST_INSTANT, formatInstant, LAST_INSTANT } from "./format-instant.js";
import { choicesOf, freshCharacter, freshSpace } from "./fresh-texts.js";

/** Texts that are tried for one property at most. */
const MOST_TEXTS = 4096;
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
 * numbers that it lies between, however it is written; so is an instant.
 */
export function exampleTexts(constraints: readonly CompiledConstraint[]): ExampleTexts | undefined {
  const named = new Set<string>([""]);
  for (const { type, operator, text, value } of constraints) {
    if (type === "BOOLEAN") for (const item of BOOLEANS) named.add(item);
    if (type !== "STRING" && type !== "ENTITY_ID") continue;
    if (operator === "eq" || operator === "neq") named.add(text);
    if (value instanceof Set) for (const item of value) named.add(String(item));
  }
  const affixes = affixesOf(constraints);
  const others = affixed(affixes, named);
  if (others === undefined) return undefined;
  const add = (text: string | undefined, longer: (text: string) => string): void => {
    let other = text;
    while (other !== undefined && named.has(other)) other = longer(other);
    if (other !== undefined) others.add(other);
  };
  const numbers = numbersOf(constraints);
  for (const number of between(numbers, (a, b) => a / 2 + b / 2)) {
    add(String(number), (text) => text.replace(/^-?/, "$&0"));
  }
  if (numbers !== undefined) for (const text of ODD_NUMBERS) others.add(text);
  for (const instant of between(instantsOf(constraints), (a, b) => (a + b) / 2n)) {
    add(formatInstant(instant), (text) => text.replace(/(\.\d+)/, "$10"));
  }
  if (others.size > MOST_TEXTS) return undefined;
  const isRead = constraints.some(({ type, operator }) => !isOfText(type) && !operator.endsWith("present"));
  const hasAffixes = affixes.prefixes.size + affixes.suffixes.size + affixes.infixes.size > 0;
  return { named, others, isMixed: isRead && hasAffixes };
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

function affixed({ prefixes, suffixes, infixes }: Affixes, named: ReadonlySet<string>): Set<string> | undefined {
  if (infixes.size > MOST_INFIXES) return undefined;
  const starts = new Set(["", ...prefixes]);
  const ends = new Set(["", ...suffixes]);
  if (starts.size * ends.size * 2 ** infixes.size > MOST_TEXTS) return undefined;
  const texts = new Set<string>();
  const fresh = freshCharacter([...named, ...starts, ...ends, ...infixes]);
  for (const inner of choicesOf([...infixes])) {
    const middle = `${fresh}${inner.map((text) => `${text}${fresh}`).join("")}`;
    for (const start of starts) for (const end of ends) texts.add(`${start}${middle}${end}`);
  }
  // White space alone is a text to some operators and none to others.
  const spaces = [...infixes].filter((text) => text !== "" && trimSpace(text) === "");
  const space = freshSpace([...named, ...spaces]);
  if (space === undefined) return undefined;
  for (const inner of choicesOf(spaces)) texts.add(`${space}${inner.map((text) => `${text}${space}`).join("")}`);
  return texts;
}

function numbersOf(constraints: readonly CompiledConstraint[]): readonly number[] | undefined {
  const own = constraints.filter(({ type, operator }) => type === "NUMBER" && !operator.endsWith("present"));
  if (own.length === 0) return undefined;
  const numbers = own.flatMap(({ value }) => (value instanceof Set ? [...value] : [value]));
  const finite = numbers.filter((number): number is number => Number.isFinite(number));
  return [...finite, -Number.MAX_VALUE, Number.MAX_VALUE, 0];
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
