import type { DraftRule } from "./draft.js";
import { SegmentPicker } from "./segment-picker.js";
import { ShareFields } from "./share-fields.js";

interface RuleFieldsProps {
  readonly rule: DraftRule;
  readonly variants: readonly string[];
  readonly segments: readonly string[];
  readonly onChange: (patch: Partial<DraftRule>) => void;
}

export function RuleFields({ rule, variants, segments, onChange }: RuleFieldsProps) {
  return (
    <>
      <SegmentPicker {...rule} known={segments} onChange={onChange} />
      <ShareFields
        shares={rule.distributions}
        variants={variants}
        onChange={(distributions) => onChange({ distributions })}
      />
    </>
  );
}
