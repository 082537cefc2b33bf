import { TextField } from "../../ui/field.js";
import { JsonEditor } from "../../ui/json-editor.js";
import type { DraftVariant } from "./draft.js";
import styles from "./flag-fields.module.css";

interface VariantFieldsProps {
  readonly variant: DraftVariant;
  /** Fault of the attachment. */
  readonly fault: string | undefined;
  readonly onChange: (patch: Partial<DraftVariant>) => void;
}

export function VariantFields({ variant, fault, onChange }: VariantFieldsProps) {
  const { key, name, description, attachment } = variant;
  return (
    <>
      <div className={styles.fields}>
        <TextField label="Key" value={key} onChange={({ target }) => onChange({ key: target.value })} />
        <TextField label="Name" value={name} onChange={({ target }) => onChange({ name: target.value })} />
        <TextField
          label="Description"
          value={description}
          onChange={({ target }) => onChange({ description: target.value })}
        />
      </div>
      <JsonEditor
        label="Attachment (JSON)"
        value={attachment}
        error={fault}
        onChange={(text) => onChange({ attachment: text })}
      />
    </>
  );
}
