import type { Faults } from "../../edit/faults.js";
import { Card } from "../../ui/card.js";
import { Select, TextArea, TextField } from "../../ui/field.js";
import { JsonEditor } from "../../ui/json-editor.js";
import { shorten } from "../../ui/shorten.js";
import { Switch } from "../../ui/switch.js";
import type { Draft } from "./draft.js";
import styles from "./flag-fields.module.css";

interface BasicFieldsProps {
  readonly draft: Draft;
  /** Keys to choose the default from; undefined where there are none. */
  readonly variants: readonly string[] | undefined;
  readonly faults: Faults;
  readonly onChange: (patch: Partial<Draft>) => void;
}

export function BasicFields({ draft, variants, faults, onChange }: BasicFieldsProps) {
  return (
    <Card
      title="About"
      actions={
        <span className="row">
          <span className="soft">{draft.enabled ? "On" : "Off"}</span>
          <Switch on={draft.enabled} label="The flag is on" onChange={(enabled) => onChange({ enabled })} />
        </span>
      }
    >
      <div className="stack">
        <div className={styles.fields}>
          <TextField
            label="Name"
            value={draft.name}
            error={faults.get("name")}
            onChange={({ target }) => onChange({ name: target.value })}
          />
          {variants && (
            <Select
              label="Default variant"
              value={draft.defaultVariant}
              error={faults.get("defaultVariant")}
              onChange={({ target }) => onChange({ defaultVariant: target.value })}
            >
              <option value="">None</option>
              {[...new Set([...variants, draft.defaultVariant])]
                .filter((key) => key !== "")
                .map((key) => (
                  <option key={key} value={key}>
                    {shorten(key)}
                  </option>
                ))}
            </Select>
          )}
        </div>
        <TextArea
          label="Description"
          rows={2}
          value={draft.description}
          onChange={({ target }) => onChange({ description: target.value })}
        />
        <JsonEditor
          label="Metadata (JSON object)"
          rows={2}
          value={draft.metadata}
          error={faults.get("metadata")}
          onChange={(metadata) => onChange({ metadata })}
        />
      </div>
    </Card>
  );
}
