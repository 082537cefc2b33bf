import type { ConstraintType, Segment } from "@vexil/core";
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

/** What a payload says. */
export interface SegmentRequest {
  readonly segment: Segment;
  /** What is wrong with it, for when it is known that it could be put. */
  readonly fault: string | undefined;
}

/** Reads a `flipt.core.Segment`. */
export function readSegment(payload: Message): SegmentRequest {
  const faults: string[] = [];
  const segment: Segment = {
    key: payload.string("key"),
    matchType: payload.enumeration("matchType", MATCH_TYPES),
    name: payload.string("name"),
    description: payload.string("description"),
    constraints: payload.messages("constraints").map((constraint, index) => ({
      type: comparisonType(constraint, index, faults),
      property: constraint.string("property"),
      operator: constraint.string("operator"),
      value: constraint.string("value"),
      description: constraint.string("description"),
    })),
  };
  return { segment, fault: faults[0] };
}

function comparisonType(constraint: Message, index: number, faults: string[]): ConstraintType {
  const type = constraint.enumeration("type", COMPARISON_TYPES);
  if (type !== "UNKNOWN_COMPARISON_TYPE") return type;
  faults.push(`constraints.${index}.type: invalid value "${type}"`);
  return "STRING_COMPARISON_TYPE";
}
