import { useState } from "react";
import { TextField } from "../ui/field.js";
import styles from "./percent-field.module.css";

interface PercentFieldProps {
  readonly label: string;
  /** Name of the slider, which says what it is of. */
  readonly slider: string;
  /** 0 to 100, two digits after the point. */
  readonly value: number;
  readonly error?: string | undefined;
  /** Typing or sliding begins. */
  readonly onBegin?: () => void;
  readonly onChange: (value: number) => void;
}

/** A percentage as a slider and, beside it, as a number. A number that is not there yet changes nothing. */
export function PercentField({ label, slider, value, error, onBegin, onChange }: PercentFieldProps) {
  const [typed, setTyped] = useState<string>();
  return (
    <div className={styles.percent}>
      <input
        type="range"
        aria-label={slider}
        min="0"
        max="100"
        value={value}
        onFocus={onBegin}
        onPointerDown={onBegin}
        onChange={({ target }) => onChange(target.valueAsNumber)}
      />
      <TextField
        label={label}
        type="number"
        min="0"
        max="100"
        step="0.01"
        value={typed ?? value}
        error={error}
        onFocus={onBegin}
        onBlur={() => setTyped(undefined)}
        onChange={({ target }) => {
          setTyped(target.value);
          if (!Number.isNaN(target.valueAsNumber)) onChange(target.valueAsNumber);
        }}
      />
    </div>
  );
}
