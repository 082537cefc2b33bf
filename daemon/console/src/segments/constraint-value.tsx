import { Time } from "../ui/ago.js";
import { TextArea, TextField } from "../ui/field.js";
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

/** A time of the file, edited as UTC: what it means must not hang on who looks at it. */
function TimeValue({ value, onChange }: Pick<ConstraintValueProps, "value" | "onChange">) {
  const at = new Date(value);
  const isTime = !Number.isNaN(at.getTime());
  if (!isTime && value !== "") {
    return <TextField label="Time" value={value} onChange={({ target }) => onChange(target.value)} />;
  }
  return (
    <div className={styles.time}>
      <TextField
        label="Time (UTC)"
        type="datetime-local"
        step="1"
        value={isTime ? at.toISOString().slice(0, 19) : ""}
        onChange={({ target }) => onChange(target.value === "" ? "" : utcText(target.value))}
      />
      {isTime && (
        <span className="soft small">
          For you: <Time time={value} />
        </span>
      )}
    </div>
  );
}

/** Browsers leave seconds out where they are none. */
function utcText(local: string): string {
  const at = new Date(`${local}Z`);
  return Number.isNaN(at.getTime()) ? local : at.toISOString().replace(".000Z", "Z");
}
