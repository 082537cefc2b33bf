import type { Constraint, Segment } from "../api/types.js";
import { type Item, item } from "../edit/item.js";
import { valueKind } from "./constraint-kinds.js";
import { linesOf, listOf } from "./list-lines.js";

/** A constraint that is edited: a list is lines. */
export type DraftConstraint = Item<Constraint>;

export interface SegmentDraft extends Omit<Segment, "constraints"> {
  readonly constraints: readonly DraftConstraint[];
}

export const NO_SEGMENT: Segment = {
  "@type": "flipt.core.Segment",
  key: "",
  name: "",
  description: "",
  matchType: "ALL_MATCH_TYPE",
  constraints: [],
};

export const newConstraint = (): DraftConstraint =>
  item({ type: "STRING_COMPARISON_TYPE", property: "", operator: "eq", value: "", description: "" });

const isList = ({ type, operator }: Constraint): boolean => valueKind(type, operator) === "list";

export function segmentDraftOf(segment: Segment): SegmentDraft {
  const constraints = segment.constraints.map((constraint) =>
    item(isList(constraint) ? { ...constraint, value: linesOf(constraint.value) } : constraint),
  );
  return { ...segment, constraints };
}

/** A draft that was kept: its constraints get ids that no others have. */
export const draftAgain = (draft: SegmentDraft): SegmentDraft => ({
  ...draft,
  constraints: draft.constraints.map(item),
});

/** The segment that a draft without faults is to become. */
export function segmentOf({ constraints, ...rest }: SegmentDraft): Segment {
  return {
    ...rest,
    constraints: constraints.map(({ id: _, ...constraint }) =>
      isList(constraint) ? { ...constraint, value: listOf(constraint.value, constraint.type) } : constraint,
    ),
  };
}
