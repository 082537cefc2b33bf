import type { ComponentProps, MouseEvent } from "react";
import styles from "./button.module.css";
import { Icon, type IconName } from "./icons.js";

interface ButtonProps extends ComponentProps<"button"> {
  readonly look?: "plain" | "primary" | "danger" | "quiet";
  readonly icon?: IconName;
  /** Why it cannot be done: it is shown as disabled, yet reached by keyboard, so that everybody is told. */
  readonly reason?: string | undefined;
}

export function Button({ look = "plain", icon, children, className = "", reason, ...rest }: ButtonProps) {
  const own = look === "plain" ? "" : styles[look];
  const refused = reason === undefined ? {} : ({ "aria-disabled": true, title: reason, onClick: stop } as const);
  return (
    <button type="button" {...rest} {...refused} className={`${styles.button} ${own} ${className}`}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A form is not sent either. */
function stop(event: MouseEvent): void {
  event.preventDefault();
}

/** A button with a picture alone; `label` says in words what it does. */
export function IconButton({ label, icon, look = "quiet", ...rest }: ButtonProps & { label: string; icon: IconName }) {
  return (
    <Button {...rest} look={look} aria-label={label} title={rest.reason ?? label} className={styles.icon ?? ""}>
      <Icon name={icon} />
    </Button>
  );
}
