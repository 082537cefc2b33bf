import type { Segment } from "../api/types.js";
import type { Faults } from "../edit/faults.js";
import { Card } from "../ui/card.js";
import { Select, TextArea, TextField } from "../ui/field.js";
import type { SegmentDraft } from "./segment-draft.js";
import styles from "./segment-editor.module.css";

interface SegmentBasicsProps {
  readonly draft: SegmentDraft;
  readonly isNew: boolean;
  /** Faults of omission are told once something is there. */
  readonly isTouched: boolean;
  readonly faults: Faults;
  readonly onChange: (patch: Partial<SegmentDraft>) => void;
}

export function SegmentBasics({ draft, isNew, isTouched, faults, onChange }: SegmentBasicsProps) {
  return (
    <Card title="About">
      <div className="stack">
        <div className={styles.fields}>
          {isNew && (
            <TextField
              label="Key"
              placeholder="beta-testers"
              value={draft.key}
              error={isTouched ? faults.get("key") : undefined}
              onChange={({ target }) => onChange({ key: target.value })}
            />
          )}
          <TextField
            label="Name"
            value={draft.name}
            error={isTouched ? faults.get("name") : undefined}
            onChange={({ target }) => onChange({ name: target.value })}
          />
          <Select
            label="Who is in it"
            value={draft.matchType}
            onChange={({ target }) => onChange({ matchType: target.value as Segment["matchType"] })}
          >
            <option value="ALL_MATCH_TYPE">Whoever meets all constraints</option>
            <option value="ANY_MATCH_TYPE">Whoever meets one constraint</option>
          </Select>
        </div>
        <TextArea
          label="Description"
          rows={2}
          value={draft.description}
          onChange={({ target }) => onChange({ description: target.value })}
        />
      </div>
    </Card>
  );
}
