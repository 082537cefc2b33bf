import type { CompiledConstraint, CompiledSegment } from "../compile/snapshot.js";
import type { Context } from "../evaluate/context.js";
import { matchSegment } from "../evaluate/match-segments.js";
import type { ConstraintType } from "../read/document.js";
import type { Question } from "./decide.js";
import type { ExplainedConstraint, ExplainedSegment } from "./explanation.js";
import { mismatchReason } from "./mismatch-reason.js";

/** Characters of a value that are shown. */
const MOST_SHOWN = 1_024;

const TYPES: Readonly<Record<CompiledConstraint["type"], ConstraintType>> = {
  STRING: "STRING_COMPARISON_TYPE",
  NUMBER: "NUMBER_COMPARISON_TYPE",
  BOOLEAN: "BOOLEAN_COMPARISON_TYPE",
  DATETIME: "DATETIME_COMPARISON_TYPE",
  ENTITY_ID: "ENTITY_ID_COMPARISON_TYPE",
};

/** A segment with all of its constraints, those too that an evaluation need not look at. */
export function explainSegment(segment: CompiledSegment, question: Question): ExplainedSegment {
  const { entityId, context, matches } = question;
  return {
    key: segment.key,
    match: matchSegment(segment, entityId, context, matches),
    matchType: segment.all ? "ALL_MATCH_TYPE" : "ANY_MATCH_TYPE",
    constraints: segment.constraints.map((constraint) => explainConstraint(constraint, question)),
  };
}

function explainConstraint(constraint: CompiledConstraint, question: Question): ExplainedConstraint {
  const { entityId, context, matches } = question;
  const { type, property, operator, text } = constraint;
  const value = type === "ENTITY_ID" ? entityId : seenValue(context, property);
  const seen = value === undefined ? null : shortened(value);
  const [wireType, expected] = [TYPES[type], shortened(text)];
  return matches(constraint, entityId, context)
    ? { type: wireType, property, operator, expected, seen, match: true }
    : { type: wireType, property, operator, expected, seen, match: false, reason: mismatchReason(constraint, value) };
}

function seenValue(context: Context, property: string): string | undefined {
  return Object.hasOwn(context, property) ? context[property] : undefined;
}

function shortened(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN).replace(/[\ud800-\udbff]$/, "")}…`;
}
