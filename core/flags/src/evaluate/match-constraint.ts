import type { CompiledConstraint } from "../compile/snapshot.js";
import { parseInstant } from "../read/parse-instant.js";
import { parseNumber } from "../read/parse-number.js";
import { type Context, contextValue } from "./context.js";
import { parseBoolean } from "./parse-boolean.js";
import { trimSpace } from "./trim-space.js";

/**
 * Tells whether a constraint is true for an entity. An operator foreign to the type is false.
 */
export function matchConstraint(constraint: CompiledConstraint, entityId: string, context: Context): boolean {
  const { type } = constraint;
  if (type === "ENTITY_ID") return matchText(constraint, entityId);
  const value = contextValue(context, constraint.property);
  if (type === "STRING") return matchText(constraint, value);
  if (constraint.operator === "present") return trimSpace(value) !== "";
  if (constraint.operator === "notpresent") return trimSpace(value) === "";
  if (value === "") return false;
  if (type === "NUMBER") return matchNumber(constraint, parseNumber(value));
  if (type === "BOOLEAN") return String(parseBoolean(value)) === constraint.operator;
  return compare(constraint.operator, parseInstant(value), constraint.value);
}

function matchText({ operator, text, value: list }: CompiledConstraint, value: string): boolean {
  if (operator === "empty") return trimSpace(value) === "";
  if (operator === "notempty") return trimSpace(value) !== "";
  if (value === "") return false;
  switch (operator) {
    case "eq":
      return value === text;
    case "neq":
      return value !== text;
    case "prefix":
      return trimSpace(value).startsWith(text);
    case "suffix":
      return trimSpace(value).endsWith(text);
    case "contains":
      return value.includes(text);
    case "notcontains":
      return !value.includes(text);
    case "isoneof":
      return list instanceof Set && list.has(value);
    case "isnotoneof":
      return list instanceof Set && !list.has(value);
    default:
      return false;
  }
}

function matchNumber({ operator, value: wanted }: CompiledConstraint, value: number | undefined): boolean {
  if (value === undefined) return false;
  if (wanted instanceof Set) return operator === "isoneof" ? wanted.has(value) : !wanted.has(value);
  return compare(operator, value, wanted);
}

function compare<T extends number | bigint>(operator: string, value: T | undefined, wanted: unknown): boolean {
  if (value === undefined || typeof wanted !== typeof value) return false;
  const other = wanted as T;
  switch (operator) {
    case "eq":
      return value === other;
    case "neq":
      return value !== other;
    case "lt":
      return value < other;
    case "lte":
      return value <= other;
    case "gt":
      return value > other;
    case "gte":
      return value >= other;
    default:
      return false;
  }
}
