import { useState } from "react";
import { Select, TextField } from "../ui/field.js";
import { UtcField } from "../ui/utc-field.js";

interface StateInputProps {
  /** Revision or time; empty: what is served. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const KINDS = { served: "What is served now", time: "What was served at a time", revision: "A revision" } as const;
type Kind = keyof typeof KINDS;

const TIME = /^\d{4}-\d\d-\d\dT/;
const kindOf = (value: string): Kind => (value === "" ? "served" : TIME.test(value) ? "time" : "revision");

/** The state that is asked. */
export function StateInput({ value, onChange }: StateInputProps) {
  const [kind, setKind] = useState(() => kindOf(value));
  const choose = (next: Kind): void => {
    setKind(next);
    onChange("");
  };
  return (
    <>
      <Select label="State" value={kind} onChange={({ target }) => choose(target.value as Kind)}>
        {Object.entries(KINDS).map(([key, words]) => (
          <option key={key} value={key}>
            {words}
          </option>
        ))}
      </Select>
      {kind === "time" && <UtcField required value={value} onChange={onChange} />}
      {kind === "revision" && (
        <TextField
          label="Commit, tag, branch or main~3"
          placeholder="main~1"
          required
          value={value}
          onChange={({ target }) => onChange(target.value.trim())}
        />
      )}
    </>
  );
}
