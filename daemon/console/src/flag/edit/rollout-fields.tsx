import { PercentField } from "../../edit/percent-field.js";
import { Select, TextField } from "../../ui/field.js";
import type { DraftRollout } from "./draft.js";
import styles from "./flag-fields.module.css";
import { SegmentPicker } from "./segment-picker.js";

interface RolloutFieldsProps {
  readonly rollout: DraftRollout;
  readonly segments: readonly string[];
  readonly onChange: (rollout: DraftRollout) => void;
}

export function RolloutFields({ rollout, segments, onChange }: RolloutFieldsProps) {
  const { segment, threshold, description } = rollout;
  return (
    <>
      <div className={styles.fields}>
        <Select label="By" value={segment ? "segment" : "threshold"} onChange={() => onChange(ofOtherKind(rollout))}>
          <option value="segment">Segment</option>
          <option value="threshold">Percentage</option>
        </Select>
        <Select
          label="Gives"
          value={String(segment?.value ?? threshold?.value ?? true)}
          onChange={({ target }) => onChange(withValue(rollout, target.value === "true"))}
        >
          <option value="true">true</option>
          <option value="false">false</option>
        </Select>
        <TextField
          label="Description"
          value={description}
          onChange={({ target }) => onChange({ ...rollout, description: target.value })}
        />
      </div>
      {threshold && (
        <PercentField
          label="Percentage"
          slider="Percentage as a slider"
          value={threshold.percentage}
          onChange={(percentage) => onChange({ ...rollout, threshold: { ...threshold, percentage } })}
        />
      )}
      {segment && (
        <SegmentPicker
          {...segment}
          known={segments}
          onChange={(picked) => onChange({ ...rollout, segment: { ...segment, ...picked } })}
        />
      )}
    </>
  );
}

function withValue(rollout: DraftRollout, value: boolean): DraftRollout {
  if (rollout.segment) return { ...rollout, segment: { ...rollout.segment, value } };
  return rollout.threshold ? { ...rollout, threshold: { ...rollout.threshold, value } } : rollout;
}

function ofOtherKind({ id, description, segment }: DraftRollout): DraftRollout {
  if (segment) {
    const threshold = { percentage: 50, value: segment.value };
    return { id, description, type: "THRESHOLD_ROLLOUT_TYPE", threshold };
  }
  const chosen = { value: true, segments: [], segmentOperator: "OR_SEGMENT_OPERATOR" as const };
  return { id, description, type: "SEGMENT_ROLLOUT_TYPE", segment: chosen };
}
