import type { CompiledConstraint } from "../evaluate/compiled-flag.js";
import type { SeenValues } from "./seen-values.js";

const TEXT_REASONS: Readonly<Record<string, string>> = {
  eq: "different",
  neq: "equal",
  empty: "not empty",
  notempty: "empty",
  prefix: "does not begin with it",
  suffix: "does not end with it",
  contains: "does not contain it",
  notcontains: "contains it",
  isoneof: "not in the list",
  isnotoneof: "in the list",
};

const ORDER_REASONS: Readonly<Record<string, string>> = {
  eq: "different",
  neq: "equal",
  lt: "not less",
  lte: "greater",
  gt: "not greater",
  gte: "less",
};

const LIST_REASONS: Readonly<Record<string, string>> = { isoneof: "not in the list", isnotoneof: "in the list" };

const FOREIGN = "the type has no such operator";

/** Says why a constraint that was found not to be true is not. */
export function mismatchReason(constraint: CompiledConstraint, seen: SeenValues): string {
  const { type, operator, value: wanted } = constraint;
  const value = seen.value(constraint);
  const none = value === undefined ? "missing" : "empty";
  if (type === "STRING" || type === "ENTITY_ID") {
    if (!Object.hasOwn(TEXT_REASONS, operator)) return FOREIGN;
    const isEmpty = value === undefined || value === "" || operator === "notempty";
    return isEmpty ? none : (TEXT_REASONS[operator] as string);
  }
  if (operator === "present") return none;
  if (operator === "notpresent") return "present";
  if (value === undefined || value === "") return none;
  if (type === "BOOLEAN" && operator !== "true" && operator !== "false") return FOREIGN;
  const unreadable = seen.unreadable(constraint);
  if (unreadable !== undefined) return unreadable;
  return type === "BOOLEAN" ? "different" : orderReason(operator, wanted);
}

function orderReason(operator: string, wanted: CompiledConstraint["value"]): string {
  const reasons = wanted instanceof Set ? LIST_REASONS : ORDER_REASONS;
  if (!Object.hasOwn(reasons, operator)) return FOREIGN;
  return wanted === undefined || Number.isNaN(wanted) ? "nothing to compare with" : (reasons[operator] as string);
}
