import { useId, useState } from "react";
import { Button, IconButton } from "../ui/button.js";
import { TextField } from "../ui/field.js";
import { writeContext } from "./context-text.js";
import styles from "./playground-page.module.css";

interface ContextRowsProps {
  /** Properties that the rows begin with. */
  readonly start: readonly (readonly [string, string])[];
  readonly known: readonly string[];
  readonly onChange: (context: string) => void;
}

interface Row {
  readonly id: number;
  readonly key: string;
  readonly value: string;
}

let count = 0;

function rowOf(key = "", value = ""): Row {
  count += 1;
  return { id: count, key, value };
}

/** Properties of a context, one a row. A row without a name is not sent. */
export function ContextRows({ start, known, onChange }: ContextRowsProps) {
  const [rows, setRows] = useState(() =>
    start.length === 0 ? [rowOf()] : start.map(([key, value]) => rowOf(key, value)),
  );
  const names = useId();
  const change = (next: Row[]): void => {
    setRows(next);
    onChange(writeContext(next.map(({ key, value }) => [key, value])));
  };
  const patch = (id: number, part: Partial<Row>): void =>
    change(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  return (
    <>
      <datalist id={names}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <div className={`soft small ${styles.property} ${styles.heads}`} aria-hidden="true">
        <span>Property</span>
        <span>Value</span>
      </div>
      {rows.map(({ id, key, value }, index) => (
        <div key={id} className={styles.property}>
          <TextField
            bare
            label={`Property ${index + 1}`}
            placeholder={index === 0 ? "country" : ""}
            list={names}
            value={key}
            error={
              key !== "" && rows.some((row) => row.id > id && row.key === key) ? "Twice: the last counts." : undefined
            }
            onChange={({ target }) => patch(id, { key: target.value })}
          />
          <TextField
            bare
            label={`Value ${index + 1}`}
            placeholder={index === 0 ? "de" : ""}
            value={value}
            onChange={({ target }) => patch(id, { value: target.value })}
          />
          <IconButton
            icon="close"
            label={`Remove property ${index + 1}`}
            onClick={() => change(rows.filter((row) => row.id !== id))}
          />
        </div>
      ))}
      <span>
        <Button icon="plus" onClick={() => setRows([...rows, rowOf()])}>
          Add a property
        </Button>
      </span>
    </>
  );
}
