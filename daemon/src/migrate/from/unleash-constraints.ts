import { allOf, anyOf, type Condition, not } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";
import type { SourceValue } from "../model/source-value.js";
import { equalTo, inOrder, type Order, oneOf, type Subject, type TextOperator, textual } from "./comparisons.js";

const TEXTS: Readonly<Record<string, TextOperator>> = {
  STR_STARTS_WITH: "prefix",
  STR_ENDS_WITH: "suffix",
  STR_CONTAINS: "contains",
};
const ORDERS: Readonly<Record<string, Order>> = { NUM_GT: "gt", NUM_GTE: "gte", NUM_LT: "lt", NUM_LTE: "lte" };

/** Constraints and segments of Unleash. */
export class UnleashConstraints {
  readonly #segments: ReadonlyMap<string, SourceValue>;
  readonly #entity: string;

  constructor(segments: readonly SourceValue[], entity: string) {
    this.#segments = new Map(segments.map((segment) => [String(segment.get("id").raw), segment]));
    this.#entity = entity;
  }

  subject(name: string): Subject {
    return { property: name, isEntity: name === this.#entity };
  }

  /** Whoever is in a segment: all of its constraints hold. */
  segment(id: SourceValue): Condition {
    const segment = this.#segments.get(String(id.raw));
    const name = segment?.get("name").textOr("") || String(id.raw);
    if (segment === undefined || !segment.get("constraints").isList) {
      throw new NotCarried(`the file does not say who is in the segment ${name}`);
    }
    return allOf(
      segment
        .get("constraints")
        .items()
        .map((one) => this.condition(one)),
    );
  }

  /** @throws NotCarried */
  condition(constraint: SourceValue): Condition {
    const condition = this.#plain(constraint);
    return constraint.get("inverted").flagOr(false) ? not(condition) : condition;
  }

  #plain(constraint: SourceValue): Condition {
    const operator = constraint.get("operator").text();
    const subject = this.subject(constraint.get("contextName").text());
    const values = constraint
      .get("values")
      .items()
      .map((value) => value.text().trim());
    const texts = values.filter((value) => value !== "");
    const isIn = operator === "IN" || operator === "NOT_IN";
    const text = TEXTS[operator];
    if (constraint.get("caseInsensitive").flagOr(false) && (isIn || text !== undefined)) {
      throw new NotCarried("a comparison that takes capital and small letters for the same");
    }
    if (isIn) return operator === "IN" ? oneOf(subject, texts) : not(oneOf(subject, texts));
    if (text !== undefined) return anyOf(texts.map((value) => textual(subject, text, value)));
    const order = ORDERS[operator];
    if (order === undefined && operator !== "NUM_EQ") throw new NotCarried(`the operator ${operator}`);
    const number = Number(constraint.get("value").raw);
    if (Number.isNaN(number)) throw new NotCarried(`${operator} without a number`);
    return order === undefined ? equalTo(subject, number) : inOrder(subject, order, number);
  }
}
