import { distance } from "fastest-levenshtein";
import type { CompiledConstraint } from "../evaluate/compiled-flag.js";

/** Longer values than this are not built upon. */
const LONGEST = 256;
/** Members of a list that are looked at. */
const MOST_MEMBERS = 32;
const SECOND = 1_000_000_000n;
/** Of instants that `Date` can write with four digits of the year. */
const MOST_MS = 253_402_300_799_000n;
const LEAST_MS = -62_167_219_200_000n;

/**
 * Values of a property for which a constraint may be true, those first that are near the present value. They are
 * guesses: whether they are right is for evaluation to say.
 */
export function candidateValues(constraint: CompiledConstraint, present: string): readonly string[] {
  const near = present.length <= LONGEST ? present : "";
  return guesses(constraint, near).filter((value) => value.length <= 2 * LONGEST);
}

function guesses({ type, operator, text, value }: CompiledConstraint, near: string): readonly string[] {
  if (operator === "empty" || operator === "notpresent") return [""];
  if (value instanceof Set) return operator === "isoneof" ? nearestMembers(value, near) : outside(type, value, near);
  switch (type) {
    case "STRING":
    case "ENTITY_ID":
      return textGuesses(operator, text, near);
    case "NUMBER":
      return typeof value === "number" ? numberGuesses(operator, value, text) : operator === "present" ? ["0"] : [];
    case "BOOLEAN":
      return operator === "present" ? ["true"] : [operator];
    case "DATETIME":
      if (typeof value === "bigint") return instantGuesses(operator, value, text);
      return operator === "present" ? ["1970-01-01"] : [];
  }
}

function textGuesses(operator: string, text: string, near: string): readonly string[] {
  switch (operator) {
    case "eq":
      return [text];
    case "neq":
    case "notempty":
      return ["other", "another"];
    case "prefix":
    case "suffix":
    case "contains":
      return operator === "suffix" ? [near + text, text] : [text + near, text];
    case "notcontains":
      return [text === "" ? "" : near.replaceAll(text, ""), "other", "-"];
    default:
      return [];
  }
}

function numberGuesses(operator: string, value: number, text: string): readonly string[] {
  const [below, above] = [String(value - 1), String(value + 1)];
  switch (operator) {
    case "lt":
      return [below];
    case "gt":
      return [above];
    case "neq":
      return [above, below];
    default:
      return [text];
  }
}

function instantGuesses(operator: string, value: bigint, text: string): readonly string[] {
  const [below, above] = [instantText(value - SECOND), instantText(value + SECOND)];
  switch (operator) {
    case "lt":
      return below;
    case "gt":
      return above;
    case "neq":
      return [...above, ...below];
    default:
      return [text];
  }
}

function instantText(nanoseconds: bigint): readonly string[] {
  const milliseconds = (nanoseconds / SECOND) * 1000n;
  if (milliseconds > MOST_MS || milliseconds < LEAST_MS) return [];
  return [new Date(Number(milliseconds)).toISOString().replace(".000Z", "Z")];
}

function nearestMembers(list: ReadonlySet<string> | ReadonlySet<number>, near: string): readonly string[] {
  const members: string[] = [];
  for (const member of list) {
    if (String(member).length <= LONGEST) members.push(String(member));
    if (members.length === MOST_MEMBERS) break;
  }
  if (near === "" || members.length < 2) return members;
  const far = new Map(members.map((member) => [member, distance(near, member)]));
  return members.sort((a, b) => (far.get(a) ?? 0) - (far.get(b) ?? 0));
}

function outside(
  type: CompiledConstraint["type"],
  list: ReadonlySet<string> | ReadonlySet<number>,
  near: string,
): readonly string[] {
  if (type !== "NUMBER") return ["other", `${near}-other`, "another"];
  let most = 0;
  for (const member of list) if (typeof member === "number" && member > most) most = member;
  return [String(Math.floor(most) + 1), "-1"];
}

/** Values between those that two constraints of one property compare with. */
export function valuesBetween(one: CompiledConstraint, other: CompiledConstraint): readonly string[] {
  if (one.type === "NUMBER" && typeof one.value === "number" && typeof other.value === "number") {
    return [String((one.value + other.value) / 2)];
  }
  if (one.type === "DATETIME" && typeof one.value === "bigint" && typeof other.value === "bigint") {
    return instantText((one.value + other.value) / 2n);
  }
  return [];
}
