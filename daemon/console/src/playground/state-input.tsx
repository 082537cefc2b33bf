import { useState } from "react";
import { Time } from "../ui/ago.js";
import { Select, TextField } from "../ui/field.js";

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
  const at = new Date(value);
  const isTime = kind === "time" && !Number.isNaN(at.getTime());
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
      {kind === "time" && (
        <>
          <TextField
            label="Time (UTC)"
            type="datetime-local"
            step="1"
            required
            value={isTime ? at.toISOString().slice(0, 19) : ""}
            onChange={({ target }) => onChange(utcText(target.value))}
          />
          {isTime && (
            <span className="soft small">
              For you: <Time time={value} />
            </span>
          )}
        </>
      )}
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

/** Browsers leave seconds out where they are none. */
function utcText(local: string): string {
  const at = new Date(`${local}Z`);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString().replace(".000Z", "Z");
}
