import { TextArea, TextField } from "../ui/field.js";
import { UtcField } from "../ui/utc-field.js";
import type { ValueKind } from "./constraint-kinds.js";
import { valuesOf } from "./list-lines.js";
import styles from "./segment-editor.module.css";

interface ConstraintValueProps {
  readonly kind: ValueKind;
  readonly isNumber: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const MOST_ROWS = 12;

/** The input that fits what is compared with. */
export function ConstraintValue({ kind, isNumber, value, onChange }: ConstraintValueProps) {
  switch (kind) {
    case "none":
      return null;
    case "list":
      return (
        <TextArea
          label={`Values, one a line (${valuesOf(value).length})`}
          className="mono"
          inputMode={isNumber ? "decimal" : "text"}
          rows={Math.min(Math.max(value.split("\n").length, 3), MOST_ROWS)}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      );
    case "number":
      return (
        <TextField
          label="Number"
          type="number"
          step="any"
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      );
    case "time":
      return <TimeValue value={value} onChange={onChange} />;
    case "text":
      return <TextField label="Value" value={value} onChange={({ target }) => onChange(target.value)} />;
  }
}

/** A text that the file holds in place of a time is shown as it is. */
function TimeValue({ value, onChange }: Pick<ConstraintValueProps, "value" | "onChange">) {
  if (value !== "" && Number.isNaN(Date.parse(value))) {
    return <TextField label="Time" value={value} onChange={({ target }) => onChange(target.value)} />;
  }
  return (
    <div className={styles.time}>
      <UtcField value={value} onChange={onChange} />
    </div>
  );
}
