const TEXT = ["eq", "neq", "isoneof", "isnotoneof", "prefix", "suffix", "contains", "notcontains", "empty", "notempty"];
const COMPARE = ["eq", "neq", "lt", "lte", "gt", "gte", "present", "notpresent"];

interface Kind {
  readonly words: string;
  readonly operators: readonly string[];
}

/** Types of constraints, and the operators of each. */
export const KINDS: Readonly<Record<string, Kind>> = {
  STRING_COMPARISON_TYPE: { words: "Text", operators: TEXT },
  NUMBER_COMPARISON_TYPE: { words: "Number", operators: [...COMPARE, "isoneof", "isnotoneof"] },
  BOOLEAN_COMPARISON_TYPE: { words: "Yes or no", operators: ["true", "false", "present", "notpresent"] },
  DATETIME_COMPARISON_TYPE: { words: "Date and time", operators: COMPARE },
  ENTITY_ID_COMPARISON_TYPE: { words: "Entity id", operators: TEXT },
};

const ALONE = new Set(["true", "false", "present", "notpresent", "empty", "notempty"]);

/** The sort of value that is compared with. */
export type ValueKind = "none" | "list" | "number" | "time" | "text";

export function valueKind(type: string, operator: string): ValueKind {
  if (ALONE.has(operator)) return "none";
  if (operator === "isoneof" || operator === "isnotoneof") return "list";
  if (type === "NUMBER_COMPARISON_TYPE") return "number";
  return type === "DATETIME_COMPARISON_TYPE" ? "time" : "text";
}
