import { type Faults, keyFault } from "../edit/faults.js";
import { valueKind } from "./constraint-kinds.js";
import { valuesOf } from "./list-lines.js";
import type { DraftConstraint, SegmentDraft } from "./segment-draft.js";

const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[-+]\d{2}:\d{2}))?$/;

/**
 * Faults that keep a draft from being saved.
 * @param taken keys that a new segment cannot have; undefined for one that is there
 */
export function segmentFaults(draft: SegmentDraft, taken: readonly string[] | undefined): Faults {
  const faults = new Map<string | number, string>();
  const odd = taken && keyFault(draft.key);
  if (odd !== undefined) faults.set("key", odd);
  else if (taken?.includes(draft.key)) faults.set("key", "There is a segment with this key.");
  if (draft.name.trim() === "") faults.set("name", "A segment needs a name.");
  for (const constraint of draft.constraints) {
    const fault = constraintFault(constraint);
    if (fault !== undefined) faults.set(constraint.id, fault);
  }
  return faults;
}

function constraintFault({ type, property, operator, value }: DraftConstraint): string | undefined {
  if (type !== "ENTITY_ID_COMPARISON_TYPE" && property.trim() === "") return "A constraint names what it looks at.";
  const kind = valueKind(type, operator);
  if (kind === "none") return undefined;
  const isNumber = type === "NUMBER_COMPARISON_TYPE";
  if (kind === "list") {
    const values = valuesOf(value);
    if (values.length === 0) return "A list needs a value.";
    const odd = isNumber ? values.find((one) => !isNumeral(one)) : undefined;
    return odd === undefined ? undefined : `${odd.slice(0, 60)} is no number.`;
  }
  if (value === "") return "It needs a value to compare with.";
  if (kind === "number" && !isNumeral(value)) return `${value.slice(0, 60)} is no number.`;
  const isTime = TIME.test(value) && !Number.isNaN(Date.parse(value));
  return kind === "time" && !isTime ? `${value.slice(0, 60)} is no time.` : undefined;
}

const isNumeral = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));
