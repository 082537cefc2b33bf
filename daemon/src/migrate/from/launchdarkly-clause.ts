import { anyOf, type Condition, comparison, not } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";
import type { SourceValue } from "../model/source-value.js";
import { inOrder, type Order, oneOf, type Subject, type TextOperator, textual } from "./comparisons.js";

const TEXTS: Readonly<Record<string, TextOperator>> = {
  startsWith: "prefix",
  endsWith: "suffix",
  contains: "contains",
};
const ORDERS: Readonly<Record<string, Order>> = {
  lessThan: "lt",
  lessThanOrEqual: "lte",
  greaterThan: "gt",
  greaterThanOrEqual: "gte",
};
const TIMES: Readonly<Record<string, Order>> = { before: "lt", after: "gt" };

/**
 * One clause of a rule: an attribute against any of some values. A negated one holds only where the attribute is there.
 * @throws NotCarried
 */
export function clauseCondition(clause: SourceValue, entity: string): Condition {
  const operator = clause.get("op").text();
  const subject = subjectOf(clause, entity);
  const values = clause.get("values").items();
  const isNegated = clause.get("negate").flagOr(false);
  const condition = plain(operator, subject, values);
  if (!isNegated) return condition;
  if (new Set(values.map(({ raw }) => typeof raw)).size > 1) throw new NotCarried("none of values of several kinds");
  if (values.length === 0) throw new NotCarried("none of no values");
  return not(condition, true);
}

function plain(operator: string, subject: Subject, values: readonly SourceValue[]): Condition {
  if (operator === "in")
    return oneOf(
      subject,
      values.map(({ raw }) => raw),
    );
  const text = TEXTS[operator];
  if (text !== undefined) return anyOf(values.map(({ raw }) => textual(subject, text, raw)));
  const order = ORDERS[operator];
  if (order !== undefined) {
    return anyOf(values.map((value) => inOrder(subject, order, numberOf(value))));
  }
  const time = TIMES[operator];
  if (time === undefined) throw new NotCarried(`the operator ${operator}`);
  return anyOf(values.map(({ raw }) => comparison("DATETIME_COMPARISON_TYPE", subject.property, time, instantOf(raw))));
}

function subjectOf(clause: SourceValue, entity: string): Subject {
  const kind = clause.get("contextKind").textOr("user") || "user";
  if (kind !== "user") throw new NotCarried(`contexts of the kind ${kind}`);
  const name = clause.get("attribute").text().replace(/^\//, "");
  if (name === "kind") throw new NotCarried("the kind of a context");
  if (name === "" || name.includes("/")) throw new NotCarried(`${name}: contexts have no attributes within attributes`);
  return { property: name, isEntity: name === entity };
}

function numberOf(value: SourceValue): number {
  if (typeof value.raw === "number") return value.raw;
  throw new NotCarried("the order of something that is no number");
}

/** RFC 3339 of a time, which may be epoch ms. */
function instantOf(raw: unknown): string {
  const time = typeof raw === "number" ? raw : typeof raw === "string" ? Date.parse(raw) : Number.NaN;
  if (Number.isNaN(time) || Math.abs(time) > 8.64e15) throw new NotCarried(`${JSON.stringify(raw)} as a time`);
  return new Date(time).toISOString();
}
