import { useRef } from "react";
import { Button } from "./button.js";
import { TextArea } from "./field.js";
import styles from "./json-editor.module.css";
import { faultPlace } from "./json-place.js";

interface JsonEditorProps {
  readonly label: string;
  /** The label is for those who cannot see alone. */
  readonly bare?: boolean;
  /** An example. */
  readonly placeholder?: string;
  readonly value: string;
  readonly error?: string | undefined;
  /** Rows that it has at least; it grows with its text. */
  readonly rows?: number;
  readonly onChange: (value: string) => void;
}

const MOST_ROWS = 14;

/** Text of a JSON value: leads to the place where it is none, and puts it in order. Tab leaves it. */
export function JsonEditor({ label, value, error, rows = 1, onChange, ...rest }: JsonEditorProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  const place = value.trim() === "" ? undefined : faultPlace(value);
  const tidy = place === undefined && value.trim() !== "" ? tidied(value) : value;
  const goTo = (at: number): void => {
    box.current?.focus();
    box.current?.setSelectionRange(at, Math.min(at + 1, value.length));
  };
  return (
    <div className={styles.box}>
      <TextArea
        ref={box}
        {...rest}
        label={label}
        className="mono"
        rows={Math.min(Math.max(value.split("\n").length, rows), MOST_ROWS)}
        value={value}
        error={error}
        onChange={({ target }) => onChange(target.value)}
      />
      {(place !== undefined || tidy !== value) && (
        <span className={styles.tools}>
          {place !== undefined && (
            <Button look="quiet" onClick={() => goTo(place)}>
              Go to line {value.slice(0, place).split("\n").length}
            </Button>
          )}
          {tidy !== value && (
            <Button look="quiet" onClick={() => onChange(tidy)}>
              Tidy up
            </Button>
          )}
        </span>
      )}
    </div>
  );
}

/** The same value, indented; as it is where that would lose something: digits of numbers, a name that is there twice. */
function tidied(text: string): string {
  const next = JSON.stringify(JSON.parse(text), undefined, 2);
  return next.replace(/\s/g, "") === text.replace(/\s/g, "") ? next : text;
}
