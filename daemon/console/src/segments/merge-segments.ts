import type { Constraint, Segment } from "../api/types.js";
import { fieldParts, fieldsOf, type MergeForm, type PartGroup } from "../edit/merge.js";
import { operatorWords } from "./operator-words.js";

const FIELDS = { name: "Name", description: "Description", matchType: "Who is in it" } as const;

/** Parts of a segment: fields and constraints, which are told apart by what they look at and how. */
export const SEGMENT_PARTS: MergeForm<Segment> = {
  split: (segment) => [fieldParts(segment, FIELDS), constraintParts(segment.constraints)],
  join: ([fields = [], constraints = []], onto) => ({
    ...onto,
    ...fieldsOf(fields),
    constraints: constraints.map(({ value }) => value as Constraint),
  }),
};

function constraintParts(constraints: readonly Constraint[]): PartGroup {
  const seen = new Map<string, number>();
  return constraints.map((value) => {
    const { type, property, operator } = value;
    const name = JSON.stringify([type, property, operator]);
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return { id: `constraints ${name} ${before}`, words: `Constraint: ${property} ${operatorWords(operator)}`, value };
  });
}
