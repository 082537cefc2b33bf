import type { ConstraintType } from "./document.js";

const TEXT = ["eq", "neq", "empty", "notempty", "prefix", "suffix", "contains", "notcontains", "isoneof", "isnotoneof"];
const COMPARE = ["eq", "neq", "lt", "lte", "gt", "gte", "present", "notpresent"];

/** The operators that each constraint type has. */
export const CONSTRAINT_OPERATORS: Readonly<Record<ConstraintType, readonly string[]>> = {
  STRING_COMPARISON_TYPE: TEXT,
  ENTITY_ID_COMPARISON_TYPE: TEXT,
  NUMBER_COMPARISON_TYPE: [...COMPARE, "isoneof", "isnotoneof"],
  BOOLEAN_COMPARISON_TYPE: ["true", "false", "present", "notpresent"],
  DATETIME_COMPARISON_TYPE: COMPARE,
};

export const CONSTRAINT_TYPES = Object.keys(CONSTRAINT_OPERATORS) as readonly ConstraintType[];

/** Tells whether the operator's value is a list. */
export function isListOperator(operator: string): boolean {
  return operator === "isoneof" || operator === "isnotoneof";
}
