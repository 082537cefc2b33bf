import type { CompiledConstraint, CompiledSegment } from "../evaluate/compiled-flag.js";
import { matchSegment } from "../evaluate/match-segments.js";
import type { ConstraintType } from "../read/document.js";
import type { Question } from "./decide.js";
import type { ExplainedConstraint, ExplainedSegment } from "./explanation.js";
import { mismatchReason } from "./mismatch-reason.js";
import { type SeenValues, shortened } from "./seen-values.js";

const TYPES: Readonly<Record<CompiledConstraint["type"], ConstraintType>> = {
  STRING: "STRING_COMPARISON_TYPE",
  NUMBER: "NUMBER_COMPARISON_TYPE",
  BOOLEAN: "BOOLEAN_COMPARISON_TYPE",
  DATETIME: "DATETIME_COMPARISON_TYPE",
  ENTITY_ID: "ENTITY_ID_COMPARISON_TYPE",
};

/** A segment with all of its constraints, those too that an evaluation need not look at. */
export function explainSegment(segment: CompiledSegment, question: Question, seen: SeenValues): ExplainedSegment {
  const { entityId, context, matches } = question;
  return {
    key: segment.key,
    match: matchSegment(segment, entityId, context, matches),
    matchType: segment.all ? "ALL_MATCH_TYPE" : "ANY_MATCH_TYPE",
    constraints: segment.constraints.map((constraint) => explainConstraint(constraint, question, seen)),
  };
}

function explainConstraint(
  constraint: CompiledConstraint,
  { entityId, context, matches }: Question,
  values: SeenValues,
): ExplainedConstraint {
  const { property, operator } = constraint;
  const [type, expected] = [TYPES[constraint.type], shortened(constraint.text)];
  const seen = values.shown(constraint);
  return matches(constraint, entityId, context)
    ? { type, property, operator, expected, seen, match: true }
    : { type, property, operator, expected, seen, match: false, reason: mismatchReason(constraint, values) };
}
