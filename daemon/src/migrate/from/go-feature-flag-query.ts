import { allOf, anyOf, type Condition, not } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";
import {
  equalTo,
  havingIt,
  inOrder,
  lackingIt,
  type Order,
  oneOf,
  type Subject,
  type TextOperator,
  textual,
} from "./comparisons.js";

interface QuerySettings {
  readonly entity: string;
  readonly assume: (what: string, why: string) => void;
}

const TOKEN = /\s*(?:(\(|\))|(\[[^\]]*\])|("(?:[^"\\]|\\.)*")|([^\s()[\]"]+))/y;
const WORDS: Readonly<Record<string, string>> = {
  "==": "eq",
  "!=": "ne",
  ">": "gt",
  "<": "lt",
  ">=": "ge",
  "<=": "le",
};
const ORDERS: Readonly<Record<string, Order>> = { gt: "gt", lt: "lt", ge: "gte", le: "lte" };
const TEXTS: Readonly<Record<string, TextOperator>> = { co: "contains", sw: "prefix", ew: "suffix" };
const MOST_TOKENS = 2_000;
const MOST_DEPTH = 64;

/**
 * go-feature-flag's queries: https://gofeatureflag.org/docs/configure_flag/target-with-flags. `and` and `or` bind
 * alike, from the left; `not` stands before parentheses. A comparison with a property that is not there is false, also `ne`.
 * @throws NotCarried
 */
export function queryCondition(text: string, settings: QuerySettings): Condition {
  return new QueryReader(tokensOf(text), settings).whole();
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null)
      throw new NotCarried(`a query that is not understood at ${JSON.stringify(text.slice(at, at + 20))}`);
    tokens.push(found[0].trim());
    if (tokens.length > MOST_TOKENS) throw new NotCarried(`a query of more than ${MOST_TOKENS} words`);
  }
  return tokens;
}

class QueryReader {
  readonly #tokens: readonly string[];
  readonly #settings: QuerySettings;
  #at = 0;

  constructor(tokens: readonly string[], settings: QuerySettings) {
    this.#tokens = tokens;
    this.#settings = settings;
  }

  whole(): Condition {
    const condition = this.#query(0);
    if (this.#at < this.#tokens.length)
      throw new NotCarried(`a query that is not understood at ${this.#tokens[this.#at]}`);
    return condition;
  }

  #query(depth: number): Condition {
    let left = this.#term(depth);
    for (;;) {
      const word = this.#tokens[this.#at];
      if (word !== "and" && word !== "or") return left;
      this.#at += 1;
      const right = this.#term(depth);
      left = word === "and" ? allOf([left, right]) : anyOf([left, right]);
    }
  }

  #term(depth: number): Condition {
    if (depth > MOST_DEPTH) throw new NotCarried(`a query of more than ${MOST_DEPTH} parentheses in each other`);
    const isNegated = /^not$/i.test(this.#tokens[this.#at] ?? "");
    if (isNegated) this.#at += 1;
    if (this.#tokens[this.#at] === "(") {
      this.#at += 1;
      const inner = this.#query(depth + 1);
      if (this.#next() !== ")") throw new NotCarried("a query with a parenthesis that is not closed");
      return isNegated ? not(inner) : inner;
    }
    if (isNegated) throw new NotCarried("a query with not before something else than parentheses");
    return this.#comparison();
  }

  #comparison(): Condition {
    const name = this.#next();
    if (!/^[A-Za-z][-_:0-9A-Za-z]*$/.test(name)) throw new NotCarried(`the property ${name}`);
    const { entity } = this.#settings;
    const subject = { property: name, isEntity: name === entity || (entity === "targetingKey" && name === "key") };
    const word = this.#next().toLowerCase();
    const operator = WORDS[word] ?? word;
    if (operator === "pr") return havingIt(subject);
    const value = readValue(this.#next());
    switch (operator) {
      case "eq":
        return value === null ? lackingIt(subject) : equalTo(subject, this.#seen(subject, value));
      case "ne":
        return value === null ? havingIt(subject) : not(equalTo(subject, this.#seen(subject, value)), true);
      case "in":
        if (!Array.isArray(value)) throw new NotCarried("in something that is no list");
        return oneOf(subject, value);
      default: {
        const text = TEXTS[operator];
        if (text !== undefined) return textual(subject, text, this.#seen(subject, value));
        const order = ORDERS[operator];
        if (order === undefined || typeof value !== "number")
          throw new NotCarried(`${operator} ${JSON.stringify(value)}`);
        return inOrder(subject, order, value);
      }
    }
  }

  /** There capital and small letters are the same, here they are not. */
  #seen(subject: Subject, value: unknown): unknown {
    if (typeof value === "string" && value.toLowerCase() !== value.toUpperCase()) {
      const { property } = subject;
      this.#settings.assume(
        `${property} compared with ${value}`,
        `${property} has its letters as they are in the rule`,
      );
    }
    return value;
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new NotCarried("a query that ends too early");
    this.#at += 1;
    return token;
  }
}

function readValue(token: string): unknown {
  if (token === "true" || token === "false") return token === "true";
  if (token === "null") return null;
  if (/^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(token)) return Number(token);
  // Texts stand as they are between quotes: no escapes.
  if (token.startsWith('"')) {
    if (token.includes("\\")) throw new NotCarried("a text with a backslash");
    return token.slice(1, -1);
  }
  if (!token.startsWith("[")) throw new NotCarried(`the value ${token}`);
  try {
    return JSON.parse(token) as unknown;
  } catch {
    throw new NotCarried(`the list ${token}`);
  }
}
