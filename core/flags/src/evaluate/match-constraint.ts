import type { CompiledConstraint } from "./compiled-flag.js";
import { type Context, contextValue } from "./context.js";
import { instantIn, numberIn, trimmedIn } from "./long-values.js";
import { parseBoolean } from "./parse-boolean.js";

/**
 * Tells whether a constraint is true for an entity. An operator foreign to the type is false. Short, as `matchText` is: V8
 * inlines them into evaluations, and all operators together would be too much.
 */
export function matchConstraint(constraint: CompiledConstraint, entityId: string, context: Context): boolean {
  const { type, property } = constraint;
  if (type === "STRING") return matchText(constraint, contextValue(context, property), context, property);
  if (type === "ENTITY_ID") return matchText(constraint, entityId, context, undefined);
  return matchParsed(constraint, contextValue(context, property), context);
}

function matchParsed(constraint: CompiledConstraint, value: string, context: Context): boolean {
  const { type, property } = constraint;
  if (constraint.operator === "present") return trimmedIn(value, context, property) !== "";
  if (constraint.operator === "notpresent") return trimmedIn(value, context, property) === "";
  if (value === "") return false;
  if (type === "NUMBER") return matchNumber(constraint, numberIn(value, context, property));
  if (type === "BOOLEAN") return String(parseBoolean(value)) === constraint.operator;
  return compare(constraint.operator, instantIn(value, context, property), constraint.value);
}

function matchText(
  constraint: CompiledConstraint,
  value: string,
  context: Context,
  property: string | undefined,
): boolean {
  if (constraint.operator === "eq") return value !== "" && value === constraint.text;
  return matchTextBy(constraint, value, context, property);
}

function matchTextBy(
  { operator, text, value: list }: CompiledConstraint,
  value: string,
  context: Context,
  property: string | undefined,
): boolean {
  if (operator === "empty") return trimmedIn(value, context, property) === "";
  if (operator === "notempty") return trimmedIn(value, context, property) !== "";
  if (value === "") return false;
  switch (operator) {
    case "neq":
      return value !== text;
    case "prefix":
      return trimmedIn(value, context, property).startsWith(text);
    case "suffix":
      return trimmedIn(value, context, property).endsWith(text);
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
