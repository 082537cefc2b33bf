import { compileSegment } from "../evaluate/compile-segment.js";
import { isListOperator } from "../read/constraint-operators.js";
import type { Constraint } from "../read/document.js";
import { FieldReader, type Fields } from "../read/field-reader.js";
import type { FormatVersion } from "../read/format-version.js";
import { readSegment } from "../read/read-segment.js";
import type { ValuePath } from "../read/source-document.js";
import { type Inspection, maps } from "./inspection.js";

/** A segment as it is written: of what its constraints compare with only the daemon's own reading tells what counts. */
export function inspectSegment(segment: Fields, path: ValuePath, version: FormatVersion, inspection: Inspection): void {
  for (const [index, fields] of maps(segment.constraints)) {
    const constraint = constraintAlone(fields, version);
    if (constraint === undefined) continue;
    const at = [...path, "constraints", index];
    const missing = missingValue(constraint, fields);
    if (missing !== undefined) inspection.warn("missing-value", at, missing);
    else if (isMalformed(constraint)) inspection.warn("malformed-value", [...at, "value"], malformed(constraint));
  }
}

/** @returns undefined for one with faults: what it means is not known */
function constraintAlone(fields: Fields, version: FormatVersion): Constraint | undefined {
  const reader = new FieldReader();
  const alone = { key: "s", name: "s", match_type: "ALL_MATCH_TYPE", constraints: [fields] };
  const segment = readSegment(reader, alone, version);
  return reader.faults.length === 0 ? segment?.constraints[0] : undefined;
}

function isMalformed(constraint: Constraint): boolean {
  const alone = { key: "", name: "", description: "", matchType: "ALL_MATCH_TYPE", constraints: [constraint] } as const;
  return compileSegment(alone) === undefined;
}

const LEFT_OUT = "rules and rollouts go without the whole segment";

function missingValue({ type, operator, value }: Constraint, fields: Fields): string | undefined {
  if (isListOperator(operator)) {
    return fields.value === undefined ? `${operator} needs a list as its value; ${LEFT_OUT}` : undefined;
  }
  const isCompared = type === "NUMBER_COMPARISON_TYPE" || type === "DATETIME_COMPARISON_TYPE";
  if (!isCompared || value !== "" || operator === "present" || operator === "notpresent") return undefined;
  return `${operator} has no value to compare with, so it is never true`;
}

function malformed({ type, operator, value }: Constraint): string {
  const isNumber = type === "NUMBER_COMPARISON_TYPE";
  const wanted = isListOperator(operator)
    ? `a JSON list of ${isNumber ? "numbers" : "texts"}`
    : isNumber
      ? "a number"
      : "a date as RFC 3339 has it, such as 2024-01-02 or 2024-01-02T03:04:05Z";
  const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  return `${JSON.stringify(shown)} is not ${wanted}; ${LEFT_OUT}`;
}
