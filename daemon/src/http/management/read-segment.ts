import { type ConstraintType, type Segment, VexilError } from "@vexil/core";
import type { Message } from "../message.js";

const MATCH_TYPES = ["ALL_MATCH_TYPE", "ANY_MATCH_TYPE"] as const;
const COMPARISON_TYPES = [
  "UNKNOWN_COMPARISON_TYPE",
  "STRING_COMPARISON_TYPE",
  "NUMBER_COMPARISON_TYPE",
  "BOOLEAN_COMPARISON_TYPE",
  "DATETIME_COMPARISON_TYPE",
  "ENTITY_ID_COMPARISON_TYPE",
] as const;

/**
 * Reads a `flipt.core.Segment`.
 * @param putting begins the messages of what can be seen to be wrong here: `putting segment ns/key: `
 */
export function readSegment(payload: Message, putting: string): Segment {
  return {
    key: payload.string("key"),
    matchType: payload.enumeration("matchType", MATCH_TYPES),
    name: payload.string("name"),
    description: payload.string("description"),
    constraints: payload.messages("constraints").map((constraint, index) => ({
      type: comparisonType(constraint, index, putting),
      property: constraint.string("property"),
      operator: constraint.string("operator"),
      value: constraint.string("value"),
      description: constraint.string("description"),
    })),
  };
}

function comparisonType(constraint: Message, index: number, putting: string): ConstraintType {
  const type = constraint.enumeration("type", COMPARISON_TYPES);
  if (type !== "UNKNOWN_COMPARISON_TYPE") return type;
  throw new VexilError("VEXIL_VALIDATION_REQUEST", `${putting}constraints.${index}.type: invalid value "${type}"`);
}
