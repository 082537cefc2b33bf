import type { CompiledConstraint } from "../compile/snapshot.js";
import { parseBoolean } from "../evaluate/parse-boolean.js";
import { trimSpace } from "../evaluate/trim-space.js";
import { parseInstant } from "../read/parse-instant.js";
import { parseNumber } from "../read/parse-number.js";

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

/**
 * Why a constraint that was found not to be true is not.
 * @param value what it was compared with; undefined where there is none
 */
export function mismatchReason(
  { type, operator, value: wanted }: CompiledConstraint,
  value: string | undefined,
): string {
  const none = value === undefined ? "missing" : "empty";
  const isText = type === "STRING" || type === "ENTITY_ID";
  if (isText) {
    const reason = Object.hasOwn(TEXT_REASONS, operator) ? (TEXT_REASONS[operator] as string) : FOREIGN;
    const isEmpty = value === undefined || value === "" || (operator === "notempty" && trimSpace(value) === "");
    return isEmpty && reason !== FOREIGN ? none : reason;
  }
  if (operator === "present") return none;
  if (operator === "notpresent") return "present";
  if (value === undefined || value === "") return none;
  switch (type) {
    case "NUMBER":
      return numberReason(operator, wanted, parseNumber(value));
    case "BOOLEAN":
      if (operator !== "true" && operator !== "false") return FOREIGN;
      return parseBoolean(value) === undefined ? "not a boolean" : "different";
    case "DATETIME":
      return parseInstant(value) === undefined ? "not a date" : orderReason(ORDER_REASONS, operator, wanted);
  }
}

function numberReason(operator: string, wanted: CompiledConstraint["value"], value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "not a number";
  return orderReason(wanted instanceof Set ? LIST_REASONS : ORDER_REASONS, operator, wanted);
}

function orderReason(reasons: Readonly<Record<string, string>>, operator: string, wanted: unknown): string {
  if (!Object.hasOwn(reasons, operator)) return FOREIGN;
  return wanted === undefined || Number.isNaN(wanted) ? "nothing to compare with" : (reasons[operator] as string);
}
