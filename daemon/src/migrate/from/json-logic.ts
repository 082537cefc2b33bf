import { allOf, anyOf, type Condition, comparison, EVERYBODY, NOBODY, not } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";
import type { SourceValue } from "../model/source-value.js";
import { equalTo, inOrderOrNull, lackingIt, type Order, oneOf, textual } from "./comparisons.js";

export interface JsonLogicSettings {
  /** Named expressions that `$ref` stands for. */
  readonly evaluators: SourceValue | undefined;
  /** Property that is the entity's id. */
  readonly entity: string;
  readonly assume: (what: string, why: string) => void;
}

const MOST_REFERENCES = 1_000;
const FLIPPED: Readonly<Record<string, Order>> = { "<": "gt", "<=": "gte", ">": "lt", ">=": "lte" };
const ORDERS: Readonly<Record<string, Order>> = { "<": "lt", "<=": "lte", ">": "gt", ">=": "gte" };

/** Conditions in JsonLogic, as flagd and go-feature-flag have them. */
export class JsonLogic {
  readonly #settings: JsonLogicSettings;
  #references = 0;

  constructor(settings: JsonLogicSettings) {
    this.#settings = settings;
  }

  /** The expression that a `$ref` stands for; any other one as it is. */
  resolved(node: SourceValue, seen: readonly string[] = []): SourceValue {
    const { evaluators } = this.#settings;
    if (evaluators === undefined || !node.isMap || node.get("$ref").isAbsent) return node;
    const name = node.get("$ref").text();
    this.#references += 1;
    if (seen.includes(name)) throw new NotCarried(`the evaluator ${name} refers to itself`);
    if (this.#references > MOST_REFERENCES) throw new NotCarried(`it has more than ${MOST_REFERENCES} references`);
    const found = evaluators.get(name);
    if (found.isAbsent) throw new NotCarried(`there is no evaluator ${name}`);
    return this.resolved(found, [...seen, name]);
  }

  /** @throws NotCarried */
  condition(given: SourceValue, depth = 0): Condition {
    if (depth > 64) throw new NotCarried("it is nested too deep, or an evaluator refers to itself");
    const node = this.resolved(given);
    if (typeof node.raw === "boolean") return node.raw ? EVERYBODY : NOBODY;
    if (!node.isMap) throw new NotCarried(`${JSON.stringify(node.raw)} as a condition`);
    const { operator, operands: raw } = operationOf(node);
    const operands = raw.map((one) => this.resolved(one));
    const below = (one: SourceValue): Condition => this.condition(one, depth + 1);
    switch (operator) {
      case "and":
        return allOf(operands.map(below));
      case "or":
        return anyOf(operands.map(below));
      case "!":
        return not(below(only(operands, operator)));
      case "!!":
        return this.#isThere(only(operands, operator), below);
      case "if":
      case "?:":
        return this.#choice(operands, below);
      case "var":
        return this.#truth(this.#property(node));
      default:
        return this.#comparison(operator, operands);
    }
  }

  /** Tells whether an expression is the entity's id, or that behind a text of its own. */
  isEntity(given: SourceValue): boolean {
    const node = this.resolved(given);
    if (!node.isMap) return false;
    const { operator, operands } = operationOf(node);
    if (operator === "var") return operands[0]?.raw === this.#settings.entity;
    if (operator !== "cat") return false;
    const properties = operands.filter((one) => one.isMap && operands.length > 0);
    const own = properties.filter((one) => one.get("var").raw !== "$flagd.flagKey");
    return own.length === 1 && own[0]?.get("var").raw === this.#settings.entity;
  }

  #comparison(operator: string, operands: readonly SourceValue[]): Condition {
    const [left, right] = operands;
    if (left === undefined || right === undefined) throw new NotCarried(`the operator ${operator}`);
    const order = ORDERS[operator];
    if (order !== undefined) return this.#order(operator, order, operands);
    switch (operator) {
      case "==":
      case "===":
        return this.#equal(left, right, operator === "==");
      case "!=":
      case "!==":
        return not(this.#equal(left, right, operator === "!="));
      case "in":
        return this.#isIn(left, right);
      case "starts_with":
        return textual(this.#subject(left), "prefix", literal(right));
      case "ends_with":
        return textual(this.#subject(left), "suffix", literal(right));
      default:
        throw new NotCarried(`the operator ${operator}`);
    }
  }

  #equal(left: SourceValue, right: SourceValue, isLoose: boolean): Condition {
    if (!left.isMap && !right.isMap) return literal(left) === literal(right) ? EVERYBODY : NOBODY;
    const [node, value] = isProperty(left) ? [left, right] : [right, left];
    const subject = this.#subject(node);
    const wanted = literal(value);
    if (isLoose && (wanted === null || wanted === 0 || wanted === false)) {
      const why = `${subject.property} is ${wanted === null ? "neither 0 nor false" : "there"}`;
      this.#settings.assume(`${subject.property} compared with ${wanted}`, why);
    }
    if (wanted === null) return lackingIt(subject);
    return equalTo(subject, wanted);
  }

  #order(operator: string, order: Order, operands: readonly SourceValue[]): Condition {
    const [left, right, third] = operands as [SourceValue, SourceValue, SourceValue?];
    if (third !== undefined)
      return allOf([this.#order(operator, order, [left, right]), this.#order(operator, order, [right, third])]);
    const isFlipped = !isProperty(left);
    const way = isFlipped ? (FLIPPED[operator] as Order) : order;
    const subject = this.#subject(isFlipped ? right : left);
    return inOrderOrNull(subject, way, literal(isFlipped ? left : right));
  }

  #isIn(left: SourceValue, right: SourceValue): Condition {
    if (isProperty(right)) {
      const { property } = this.#subject(right);
      this.#settings.assume(`a part of ${property}`, `${property} is a text, and no list`);
      return textual(this.#subject(right), "contains", literal(left));
    }
    if (!right.isList) throw new NotCarried("a text that contains a property");
    return oneOf(this.#subject(left), right.items().map(literal));
  }

  /** True where there is a property, or where something else is true. */
  #isThere(node: SourceValue, below: (one: SourceValue) => Condition): Condition {
    if (!isProperty(node)) return below(node);
    return this.#truth(this.#property(node));
  }

  #truth(property: string): Condition {
    this.#settings.assume(`${property} as a condition`, `${property} is true or false, or not there`);
    return comparison("BOOLEAN_COMPARISON_TYPE", property, "true");
  }

  #choice(operands: readonly SourceValue[], below: (one: SourceValue) => Condition): Condition {
    const [test, then, ...others] = operands;
    if (test === undefined) return NOBODY;
    if (then === undefined) return below(test);
    const when = below(test);
    return anyOf([allOf([when, below(then)]), allOf([not(when), this.#choice(others, below)])]);
  }

  #subject(node: SourceValue): { readonly property: string; readonly isEntity: boolean } {
    const property = this.#property(node);
    return { property, isEntity: property === this.#settings.entity };
  }

  #property(node: SourceValue): string {
    if (!isProperty(node)) throw new NotCarried("a comparison of something else than a property with a value");
    const { operands } = operationOf(node);
    const name = only(operands, "var with a default").raw;
    if (typeof name !== "string" || name === "") throw new NotCarried("a property without a name");
    if (name.startsWith("$flagd.")) throw new NotCarried(name);
    if (name.includes(".")) throw new NotCarried(`${name}: contexts have no properties within properties`);
    return name;
  }
}

/** The one operator of an expression, and what it is applied to. */
export function operationOf(node: SourceValue): {
  readonly operator: string;
  readonly operands: readonly SourceValue[];
} {
  const [first, ...others] = node.entries();
  if (first === undefined || others.length > 0) throw new NotCarried("an expression that has not one operator");
  const [operator, value] = first;
  return { operator, operands: value.isList ? value.items() : [value] };
}

const isProperty = (node: SourceValue): boolean => node.isMap && !node.get("var").isAbsent;

function only(operands: readonly SourceValue[], operator: string): SourceValue {
  const [first, ...others] = operands;
  if (first === undefined || others.length > 0) throw new NotCarried(`the operator ${operator}`);
  return first;
}

function literal(node: SourceValue): unknown {
  if (node.isMap || node.isList) throw new NotCarried("a comparison with something that is worked out");
  return node.raw;
}
