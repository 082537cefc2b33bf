import type { SegmentOperator } from "./document.js";
import type { FieldReader, Fields } from "./field-reader.js";

export const SEGMENT_OPERATORS: readonly SegmentOperator[] = ["OR_SEGMENT_OPERATOR", "AND_SEGMENT_OPERATOR"];

/** The operator of a segment reference; absent and null mean the default. */
export function readSegmentOperator(reader: FieldReader, fields: Fields): SegmentOperator {
  if (fields.operator === null) return "OR_SEGMENT_OPERATOR";
  return reader.choice(fields, "operator", SEGMENT_OPERATORS, "OR_SEGMENT_OPERATOR");
}
