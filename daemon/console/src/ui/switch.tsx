import styles from "./switch.module.css";

interface SwitchProps {
  readonly on: boolean;
  /** Thing that is switched. */
  readonly label: string;
  readonly disabled?: boolean;
  /** Why it cannot be switched. */
  readonly reason?: string | undefined;
  readonly onChange: (on: boolean) => void;
}

export function Switch({ on, label, disabled = false, reason, onChange }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      aria-label={label}
      disabled={disabled}
      className={styles.switch}
      aria-disabled={reason !== undefined}
      title={reason}
      onClick={() => reason === undefined && onChange(!on)}
    />
  );
}
