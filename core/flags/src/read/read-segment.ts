import { CONSTRAINT_OPERATORS, CONSTRAINT_TYPES, isListOperator } from "./constraint-operators.js";
import type { Constraint, ConstraintType, MatchType, Segment } from "./document.js";
import { type FieldReader, type Fields, mismatch } from "./field-reader.js";
import { type FormatVersion, isAtLeast } from "./format-version.js";

export const SEGMENT_FIELDS = new Set(["key", "name", "match_type", "description", "constraints"] as const);
export const CONSTRAINT_FIELDS = new Set(["type", "property", "operator", "value", "description"] as const);
export const MATCH_TYPES: readonly MatchType[] = ["ALL_MATCH_TYPE", "ANY_MATCH_TYPE"];

export function readSegment(reader: FieldReader, value: unknown, version: FormatVersion): Segment | undefined {
  const fields = reader.fields(value, SEGMENT_FIELDS);
  if (fields === undefined) return undefined;
  return {
    key: reader.key(fields, "key"),
    name: reader.required(fields, "name"),
    description: reader.description(fields),
    matchType: reader.choice(fields, "match_type", MATCH_TYPES),
    constraints: reader.list(fields, "constraints", (item) => readConstraint(reader, item, version)),
  };
}

function readConstraint(reader: FieldReader, value: unknown, version: FormatVersion): Constraint | undefined {
  const fields = reader.fields(value, CONSTRAINT_FIELDS);
  if (fields === undefined) return undefined;
  const type = reader.choice(fields, "type", CONSTRAINT_TYPES);
  const operator = reader.choice(fields, "operator", CONSTRAINT_OPERATORS[type]);
  const list = isListOperator(operator);
  return {
    type,
    property: reader.required(fields, "property"),
    operator,
    value:
      list && isAtLeast(version, "1.6")
        ? readList(reader, fields, type)
        : list
          ? requiredText(reader, fields)
          : reader.text(fields, "value"),
    description: reader.description(fields),
  };
}

/** Up to version 1.5 a list is the text of a JSON array; what it holds is looked at when the segment is compiled. */
function requiredText(reader: FieldReader, fields: Fields): string {
  if (fields.value === undefined) reader.at("value", () => reader.fail("field is required but not present"));
  return reader.text(fields, "value");
}

/** From version 1.6 on a list is a list; the model keeps it as compact JSON text. An absent one is `""`. */
function readList(reader: FieldReader, fields: Fields, type: ConstraintType): string {
  if (fields.value === undefined) return "";
  const items = reader.list(fields, "value", (item): string | number | undefined => {
    if (type !== "NUMBER_COMPARISON_TYPE") {
      if (typeof item === "string") return item;
      reader.fail(mismatch(item, "string"));
      return undefined;
    }
    // Integers of 2^63 and more turn to text, which makes the constraint a malformed one.
    if (typeof item === "bigint") return `${item}`;
    if (typeof item === "number" && Number.isFinite(item)) return item;
    reader.fail(mismatch(item, "number"));
    return undefined;
  });
  return JSON.stringify(items);
}
