import { Select, TextField } from "../ui/field.js";
import { KINDS, valueKind } from "./constraint-kinds.js";
import { ConstraintValue } from "./constraint-value.js";
import { operatorWords } from "./operator-words.js";
import type { DraftConstraint } from "./segment-draft.js";
import styles from "./segment-editor.module.css";

interface ConstraintFieldsProps {
  readonly constraint: DraftConstraint;
  readonly onChange: (patch: Partial<DraftConstraint>) => void;
}

/** A constraint, with the operators of its type and the input of its operator. */
export function ConstraintFields({ constraint, onChange }: ConstraintFieldsProps) {
  const { type, property, operator, value, description } = constraint;
  const isEntity = type === "ENTITY_ID_COMPARISON_TYPE";
  const operators = KINDS[type]?.operators ?? [];
  const change = (next: Pick<DraftConstraint, "type" | "operator">): void => {
    const stays = valueKind(next.type, next.operator) === valueKind(type, operator);
    onChange({ ...next, ...(stays ? {} : { value: "" }), ...(next.type === type ? {} : propertyOf(next.type, type)) });
  };
  const toType = (next: string): void => {
    const known = KINDS[next]?.operators ?? [];
    change({ type: next, operator: known.includes(operator) ? operator : (known[0] ?? "eq") });
  };
  return (
    <>
      <div className={styles.fields}>
        <Select label="Type" value={type} onChange={({ target }) => toType(target.value)}>
          {Object.entries(KINDS).map(([key, { words }]) => (
            <option key={key} value={key}>
              {words}
            </option>
          ))}
        </Select>
        {!isEntity && (
          <TextField
            label="Property"
            placeholder="country"
            value={property}
            onChange={({ target }) => onChange({ property: target.value })}
          />
        )}
        <Select label="Operator" value={operator} onChange={({ target }) => change({ type, operator: target.value })}>
          {[...new Set([...operators, operator])].map((key) => (
            <option key={key} value={key}>
              {operatorWords(key)}
            </option>
          ))}
        </Select>
      </div>
      <ConstraintValue
        kind={valueKind(type, operator)}
        isNumber={type === "NUMBER_COMPARISON_TYPE"}
        value={value}
        onChange={(next) => onChange({ value: next })}
      />
      <TextField
        label="Description"
        value={description}
        onChange={({ target }) => onChange({ description: target.value })}
      />
    </>
  );
}

/** Of an entity's id there is no property to name. */
function propertyOf(next: string, before: string): Partial<DraftConstraint> {
  if (next === "ENTITY_ID_COMPARISON_TYPE") return { property: "entityId" };
  return before === "ENTITY_ID_COMPARISON_TYPE" ? { property: "" } : {};
}
