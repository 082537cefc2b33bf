import type { Rule } from "../../api/types.js";
import { Select } from "../../ui/field.js";
import { Icon } from "../../ui/icons.js";
import styles from "./flag-fields.module.css";

interface Picked {
  readonly segments: Rule["segments"];
  readonly segmentOperator: Rule["segmentOperator"];
}

interface SegmentPickerProps extends Picked {
  /** Keys of segments that there are. */
  readonly known: readonly string[];
  readonly onChange: (picked: Partial<Picked>) => void;
}

export function SegmentPicker({ segments, segmentOperator, known, onChange }: SegmentPickerProps) {
  const others = known.filter((key) => !segments.includes(key));
  return (
    <div className={styles.chips}>
      {segments.map((key) => (
        <button
          key={key}
          type="button"
          className={styles.chip}
          aria-label={`Remove segment ${key}`}
          onClick={() => onChange({ segments: segments.filter((one) => one !== key) })}
        >
          <bdi className="mono">{key}</bdi>
          <Icon name="close" size={14} />
        </button>
      ))}
      <div className={styles.add}>
        <Select
          bare
          label="Add a segment"
          value=""
          onChange={({ target }) => onChange({ segments: [...segments, target.value] })}
        >
          <option value="">Add a segment…</option>
          {others.map((key) => (
            <option key={key} value={key}>
              {key}
            </option>
          ))}
        </Select>
      </div>
      {segments.length > 1 && (
        <div className={styles.add}>
          <Select
            bare
            label="How segments count"
            value={segmentOperator}
            onChange={({ target }) => onChange({ segmentOperator: target.value as Rule["segmentOperator"] })}
          >
            <option value="OR_SEGMENT_OPERATOR">in one of them</option>
            <option value="AND_SEGMENT_OPERATOR">in all of them</option>
          </Select>
        </div>
      )}
    </div>
  );
}
