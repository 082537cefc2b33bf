import { anyOf, type Condition, comparison, EVERYBODY, missing, NOBODY, present } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";

/** The property that something is asked about. */
export interface Subject {
  readonly property: string;
  /** It is the entity's id. */
  readonly isEntity: boolean;
}

export type Order = "lt" | "lte" | "gt" | "gte";
export type TextOperator = "prefix" | "suffix" | "contains";

const textType = ({ isEntity }: Subject) => (isEntity ? "ENTITY_ID_COMPARISON_TYPE" : "STRING_COMPARISON_TYPE");

/** Whoever has the property; an entity always has an id. */
export function havingIt({ property, isEntity }: Subject): Condition {
  return isEntity ? EVERYBODY : present(property);
}

export function lackingIt({ property, isEntity }: Subject, type: "STRING" | "NUMBER" = "STRING"): Condition {
  return isEntity ? NOBODY : missing(`${type}_COMPARISON_TYPE`, property);
}

/** @throws NotCarried where the value is of no kind that constraints know */
export function equalTo(subject: Subject, value: unknown): Condition {
  const { property } = subject;
  if (typeof value === "string") return comparison(textType(subject), property, "eq", solid(value));
  if (subject.isEntity) return comparison("ENTITY_ID_COMPARISON_TYPE", property, "eq", solid(String(value)));
  if (typeof value === "boolean") return comparison("BOOLEAN_COMPARISON_TYPE", property, String(value));
  if (typeof value === "number") return comparison("NUMBER_COMPARISON_TYPE", property, "eq", finite(value));
  throw new NotCarried(`a comparison with ${JSON.stringify(value) ?? "nothing"}`);
}

/** @throws NotCarried */
export function oneOf(subject: Subject, values: readonly unknown[]): Condition {
  const { property } = subject;
  const texts = values.filter((value) => typeof value === "string");
  const numbers = values.filter((value) => typeof value === "number");
  const others = values.filter((value) => typeof value !== "string" && typeof value !== "number");
  if (subject.isEntity)
    return texts.length === values.length ? textsOf(subject, texts) : anyOf(values.map((one) => equalTo(subject, one)));
  const conditions = others.map((value) => equalTo(subject, value));
  if (texts.length > 0) conditions.push(textsOf(subject, texts));
  if (numbers.length > 0) {
    for (const number of numbers) finite(number);
    conditions.push(
      numbers.length === 1
        ? equalTo(subject, numbers[0])
        : comparison("NUMBER_COMPARISON_TYPE", property, "isoneof", [...new Set(numbers)]),
    );
  }
  return conditions.length === 0 ? NOBODY : anyOf(conditions);
}

function textsOf(subject: Subject, texts: readonly string[]): Condition {
  const values = [...new Set(texts.map(solid))];
  if (values.length === 0) return NOBODY;
  if (values.length === 1) return equalTo(subject, values[0]);
  return comparison(textType(subject), subject.property, "isoneof", values);
}

/** @throws NotCarried */
export function textual(subject: Subject, operator: TextOperator, value: unknown): Condition {
  if (typeof value !== "string") throw new NotCarried(`${operator} of something that is no text`);
  const text = solid(value);
  if (operator !== "contains" && text !== text.trim()) {
    throw new NotCarried("white space at the end of a text: it is cut off before a property is compared");
  }
  return comparison(textType(subject), subject.property, operator, text);
}

/** @throws NotCarried */
export function inOrder(subject: Subject, order: Order, value: number): Condition {
  if (subject.isEntity) throw new NotCarried("the entity's id as a number");
  return comparison("NUMBER_COMPARISON_TYPE", subject.property, order, finite(value));
}

/**
 * The same where a property that is not there is null, which JavaScript compares as 0.
 * @throws NotCarried
 */
export function inOrderOrNull(subject: Subject, order: Order, value: unknown): Condition {
  if (typeof value !== "number") throw new NotCarried(`the order of ${JSON.stringify(value)}, which is no number`);
  const known = inOrder(subject, order, value);
  const holdsForNull = { lt: 0 < value, lte: 0 <= value, gt: 0 > value, gte: 0 >= value }[order];
  return holdsForNull ? anyOf([known, lackingIt(subject, "NUMBER")]) : known;
}

function finite(value: number): string {
  if (Number.isFinite(value)) return String(value);
  throw new NotCarried(`the number ${value}`);
}

/** An empty property is none here. */
function solid(text: string): string {
  if (text.trim() !== "") return text;
  throw new NotCarried("a comparison with an empty text: an empty property is taken for a missing one");
}
