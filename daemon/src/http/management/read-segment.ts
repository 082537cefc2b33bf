import type { ConstraintType, Segment } from "@vexil/flags/read/document";
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
 * @param report is told what no file could say, which comes up once the segment would be put
 */
export function readSegment(payload: Message, report: (reason: string) => void): Segment {
  return {
    key: payload.string("key"),
    matchType: payload.enumeration("matchType", MATCH_TYPES),
    name: payload.string("name"),
    description: payload.string("description"),
    constraints: payload.messages("constraints").map((constraint, index) => ({
      type: comparisonType(constraint, index, report),
      property: constraint.string("property"),
      operator: constraint.string("operator"),
      value: constraint.string("value"),
      description: constraint.string("description"),
    })),
  };
}

function comparisonType(constraint: Message, index: number, report: (reason: string) => void): ConstraintType {
  const type = constraint.enumeration("type", COMPARISON_TYPES);
  if (type !== "UNKNOWN_COMPARISON_TYPE") return type;
  report(`constraints.${index}.type: invalid value "${type}"`);
  return "STRING_COMPARISON_TYPE";
}
