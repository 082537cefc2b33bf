import { useState } from "react";
import { Button } from "../ui/button.js";
import { JsonEditor } from "../ui/json-editor.js";
import { ContextRows } from "./context-rows.js";
import { contextFault, readContext } from "./context-text.js";
import styles from "./playground-page.module.css";

interface ContextInputProps {
  readonly value: string;
  /** Properties that constraints look at. */
  readonly known: readonly string[];
  readonly onChange: (value: string) => void;
}

/** A context as rows of properties, or as JSON; both are one text. */
export function ContextInput({ value, known, onChange }: ContextInputProps) {
  const fault = contextFault(value);
  const [asText, setAsText] = useState(fault !== undefined);
  return (
    <fieldset className={styles.context}>
      <legend>Context</legend>
      <span className={styles.switch}>
        <Button look="quiet" aria-pressed={!asText} disabled={fault !== undefined} onClick={() => setAsText(false)}>
          Rows
        </Button>
        <Button look="quiet" aria-pressed={asText} onClick={() => setAsText(true)}>
          JSON
        </Button>
      </span>
      {asText || fault !== undefined ? (
        <JsonEditor
          bare
          label="Context (JSON object)"
          rows={6}
          placeholder={'{\n  "country": "de"\n}'}
          value={value}
          error={fault}
          onChange={onChange}
        />
      ) : (
        <ContextRows start={Object.entries(readContext(value))} known={known} onChange={onChange} />
      )}
    </fieldset>
  );
}
