import type { CompiledConstraint } from "../evaluate/compiled-flag.js";
import { parseBoolean } from "../evaluate/parse-boolean.js";
import { parseInstant } from "../read/parse-instant.js";
import { parseNumber } from "../read/parse-number.js";
import type { Question } from "./decide.js";

/** Characters of a value that are shown. */
const MOST_SHOWN = 1_024;

/** Values that constraints see. Of a long one that many look at, each thing is found out once. */
export class SeenValues {
  readonly #question: Question;
  readonly #shown = new Map<string, string>();
  /** By type and property. */
  readonly #unreadable = new Map<string, string | undefined>();

  constructor(question: Question) {
    this.#question = question;
  }

  /** The context's value, or the entity's id; undefined: there is none. */
  value({ type, property }: CompiledConstraint): string | undefined {
    const { entityId, context } = this.#question;
    if (type === "ENTITY_ID") return entityId;
    return Object.hasOwn(context, property) ? context[property] : undefined;
  }

  /** The same as it is shown. */
  shown(constraint: CompiledConstraint): string | null {
    const value = this.value(constraint);
    if (value === undefined) return null;
    if (value.length <= MOST_SHOWN) return value;
    const key = constraint.type === "ENTITY_ID" ? "entity" : `property ${constraint.property}`;
    const shown = this.#shown.get(key) ?? shortened(value);
    this.#shown.set(key, shown);
    return shown;
  }

  /** Says what a value is not, where its constraint's type cannot read it. */
  unreadable(constraint: CompiledConstraint): string | undefined {
    const { type, property } = constraint;
    const key = `${type} ${property}`;
    if (this.#unreadable.has(key)) return this.#unreadable.get(key);
    const reason = unreadableAs(type, this.value(constraint) ?? "");
    this.#unreadable.set(key, reason);
    return reason;
  }
}

/** A text as it is shown: cut where it is long. */
export function shortened(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN).replace(/[\ud800-\udbff]$/, "")}…`;
}

function unreadableAs(type: CompiledConstraint["type"], value: string): string | undefined {
  switch (type) {
    case "NUMBER": {
      const number = parseNumber(value);
      return number === undefined || Number.isNaN(number) ? "not a number" : undefined;
    }
    case "BOOLEAN":
      return parseBoolean(value) === undefined ? "not a boolean" : undefined;
    case "DATETIME":
      return parseInstant(value) === undefined ? "not a date" : undefined;
    default:
      return undefined;
  }
}
