import { Time } from "./ago.js";
import { TextField } from "./field.js";

interface UtcFieldProps {
  /** Time as RFC 3339; empty: none yet. */
  readonly value: string;
  readonly required?: boolean;
  /** Given a time in UTC, or an empty text. */
  readonly onChange: (value: string) => void;
}

/** A time that is typed as UTC, as what it means must not hang on who looks at it; beside it, what it is for them. */
export function UtcField({ value, required = false, onChange }: UtcFieldProps) {
  const at = new Date(value);
  const isTime = !Number.isNaN(at.getTime());
  return (
    <>
      <TextField
        label="Time (UTC)"
        type="datetime-local"
        step="1"
        required={required}
        value={isTime ? at.toISOString().slice(0, 19) : ""}
        onChange={({ target }) => onChange(utcText(target.value))}
      />
      {isTime && (
        <span className="soft small">
          For you: <Time time={value} />
        </span>
      )}
    </>
  );
}

/** Browsers leave seconds out where they are none, and give nothing while a part is missing. */
function utcText(local: string): string {
  const at = new Date(`${local}Z`);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString().replace(".000Z", "Z");
}
