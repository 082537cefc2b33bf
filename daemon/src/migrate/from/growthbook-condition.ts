import { allOf, anyOf, type Condition, EVERYBODY, NOBODY, not } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";
import type { SourceValue } from "../model/source-value.js";
import { equalTo, havingIt, inOrderOrNull, lackingIt, type Order, oneOf, type Subject } from "./comparisons.js";

const ORDERS: Readonly<Record<string, Order>> = { $lt: "lt", $lte: "lte", $gt: "gt", $gte: "gte" };
const MOST_DEPTH = 64;
/** Saved groups that one condition names, those within others included. */
const MOST_REFERENCES = 1_000;

/** Conditions in the manner of MongoDB, as GrowthBook's SDKs read them. */
export class MongoCondition {
  readonly entity: string;
  readonly #groups: SourceValue;
  #references = 0;

  constructor(savedGroups: SourceValue, entity: string) {
    this.#groups = savedGroups;
    this.entity = entity;
  }

  /** @throws NotCarried */
  condition(node: SourceValue): Condition {
    this.#references = 0;
    return this.#condition(node, []);
  }

  #condition(node: SourceValue, seen: readonly string[]): Condition {
    if (seen.length > MOST_DEPTH) throw new NotCarried("saved groups in saved groups without an end");
    return allOf(
      node.entries().map(([name, value]) => {
        const each = (): readonly Condition[] => value.items().map((one) => this.#condition(one, seen));
        switch (name) {
          case "$and":
            return allOf(each());
          case "$or":
            return either(each());
          case "$nor":
            return not(either(each()));
          case "$not":
            return not(this.#condition(value, seen));
          case "$savedGroup":
            return this.#savedGroup(value, seen);
          default:
            if (name.startsWith("$")) throw new NotCarried(`the operator ${name}`);
            return this.#value(this.#subject(name), value);
        }
      }),
    );
  }

  #subject(name: string): Subject {
    if (name.includes(".")) throw new NotCarried(`${name}: contexts have no attributes within attributes`);
    return { property: name, isEntity: name === this.entity };
  }

  #value(subject: Subject, value: SourceValue): Condition {
    if (!value.isMap && !value.isList) return equal(subject, value.raw);
    const operators = value.isMap ? value.entries() : [];
    if (operators.length === 0 || operators.some(([name]) => !name.startsWith("$"))) {
      throw new NotCarried("a comparison with a list or a map");
    }
    return allOf(operators.map(([name, wanted]) => this.#operator(subject, name, wanted)));
  }

  #operator(subject: Subject, name: string, wanted: SourceValue): Condition {
    const order = ORDERS[name];
    if (order !== undefined) return inOrderOrNull(subject, order, wanted.raw);
    switch (name) {
      case "$eq":
        return strictly(subject, wanted.raw);
      case "$ne":
        return not(strictly(subject, wanted.raw));
      case "$in":
        return among(subject, wanted.items());
      case "$nin":
        return not(among(subject, wanted.items()));
      case "$not":
        return not(this.#value(subject, wanted));
      case "$exists":
        return wanted.raw ? havingIt(subject) : lackingIt(subject);
      case "$inGroup":
        return among(subject, this.#group(wanted.text()));
      case "$notInGroup":
        return not(among(subject, this.#group(wanted.text())));
      default:
        throw new NotCarried(`the operator ${name}`);
    }
  }

  /** Values of a saved group; one that is not there is empty. */
  #group(id: string): readonly SourceValue[] {
    const group = this.#groups.get(id);
    if (group.isAbsent || group.isList) return group.items();
    if (group.get("type").raw !== "list") throw new NotCarried(`the saved group ${id}, which is no list`);
    return group.get("values").items();
  }

  #savedGroup(reference: SourceValue, seen: readonly string[]): Condition {
    const id = reference.get("id").text();
    this.#references += 1;
    if (this.#references > MOST_REFERENCES) throw new NotCarried(`more than ${MOST_REFERENCES} saved groups`);
    const group = this.#groups.get(id);
    if (!group.isMap || seen.includes(id)) return NOBODY;
    if (group.get("type").raw === "condition") return this.#condition(group.get("condition"), [...seen, id]);
    if (group.get("type").raw !== "list") return NOBODY;
    const attribute = reference.get("attributeKey").isAbsent
      ? group.get("attributeKey")
      : reference.get("attributeKey");
    return among(this.#subject(attribute.text()), group.get("values").items());
  }
}

/** One of none is no condition there. */
function either(of: readonly Condition[]): Condition {
  return of.length === 0 ? EVERYBODY : anyOf(of);
}

/** A bare value: a number is compared with null as 0 is. */
function equal(subject: Subject, value: unknown): Condition {
  if (value === 0) return anyOf([equalTo(subject, value), lackingIt(subject, "NUMBER")]);
  return strictly(subject, value);
}

function strictly(subject: Subject, value: unknown): Condition {
  return value === null ? lackingIt(subject) : equalTo(subject, value);
}

function among(subject: Subject, values: readonly SourceValue[]): Condition {
  const isNull = values.some(({ raw }) => raw === null);
  const others = oneOf(
    subject,
    values.filter(({ raw }) => raw !== null).map(({ raw }) => raw),
  );
  return isNull ? anyOf([others, lackingIt(subject)]) : others;
}
