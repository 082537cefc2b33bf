import type { CompiledConstraint } from "../evaluate/compiled-flag.js";

/** Items of a list that are shown. */
const MOST_ITEMS = 20;
const LONGEST = 80;
const PLAIN = /^[^\s,()[\]"'=<>!]+$/;
const WORDS = new Set(["and", "or", "not", "in", "is"]);

const SIGNS: Readonly<Record<string, string>> = {
  eq: "=",
  neq: "!=",
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
  prefix: "starts with",
  suffix: "ends with",
  contains: "contains",
  notcontains: "does not contain",
};

const STATES: Readonly<Record<string, string>> = {
  empty: "is empty",
  notempty: "is not empty",
  present: "is present",
  notpresent: "is not present",
  true: "is true",
  false: "is false",
};

/** A constraint as users read it: `plan = beta`, `not country in [de, at]`. */
export function constraintText(constraint: CompiledConstraint, outcome: boolean): string {
  const { type, property, operator, text, value } = constraint;
  const subject = type === "ENTITY_ID" ? "entity" : quoted(property);
  const not = outcome ? "" : "not ";
  const state = STATES[operator];
  if (state !== undefined) return `${not}${subject} ${state}`;
  if (value instanceof Set) {
    return `${not}${subject} ${operator === "isoneof" ? "in" : "not in"} ${listText(value)}`;
  }
  return `${not}${subject} ${SIGNS[operator] ?? operator} ${quoted(text)}`;
}

export function listText(items: ReadonlySet<string | number>): string {
  const shown: string[] = [];
  for (const item of items) {
    if (shown.length === MOST_ITEMS) break;
    shown.push(quoted(String(item)));
  }
  const more = items.size > shown.length ? [`… ${items.size - shown.length} more`] : [];
  return `[${[...shown, ...more].join(", ")}]`;
}

function quoted(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return PLAIN.test(short) && !WORDS.has(short) ? short : JSON.stringify(short);
}
