import { type ComponentProps, type ReactNode, useId } from "react";
import styles from "./field.module.css";
import { Icon } from "./icons.js";

interface FieldProps {
  readonly label: string;
  readonly error?: string | undefined;
  /** The label is for those who cannot see alone. */
  readonly bare?: boolean;
}

interface WrapProps extends FieldProps {
  readonly children: (ids: {
    id: string;
    "aria-invalid": boolean;
    "aria-describedby": string | undefined;
  }) => ReactNode;
}

function Wrap({ label, error, bare = false, children }: WrapProps) {
  const id = useId();
  const described = error === undefined ? undefined : `${id}-error`;
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={bare ? "hidden" : styles.label}>
        {label}
      </label>
      {children({ id, "aria-invalid": error !== undefined, "aria-describedby": described })}
      {error !== undefined && (
        <span id={described} className={styles.error}>
          {error}
        </span>
      )}
    </div>
  );
}

export function TextField({ label, error, bare, ...rest }: FieldProps & ComponentProps<"input">) {
  return (
    <Wrap {...{ label, error, ...(bare === undefined ? {} : { bare }) }}>
      {(ids) => <input autoComplete="off" spellCheck={false} {...rest} {...ids} className={styles.control} />}
    </Wrap>
  );
}

export function TextArea({ label, error, bare, className = "", ...rest }: FieldProps & ComponentProps<"textarea">) {
  return (
    <Wrap {...{ label, error, ...(bare === undefined ? {} : { bare }) }}>
      {(ids) => <textarea spellCheck={false} {...rest} {...ids} className={`${styles.control} ${className}`} />}
    </Wrap>
  );
}

export function Select({ label, error, bare, children, ...rest }: FieldProps & ComponentProps<"select">) {
  return (
    <Wrap {...{ label, error, ...(bare === undefined ? {} : { bare }) }}>
      {(ids) => (
        <span className={styles.select}>
          <select {...rest} {...ids} className={styles.control}>
            {children}
          </select>
          <Icon name="down" size={14} />
        </span>
      )}
    </Wrap>
  );
}
