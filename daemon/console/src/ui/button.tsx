import type { ComponentProps } from "react";
import styles from "./button.module.css";
import { Icon, type IconName } from "./icons.js";

interface ButtonProps extends ComponentProps<"button"> {
  readonly look?: "plain" | "primary" | "danger" | "quiet";
  readonly icon?: IconName;
}

export function Button({ look = "plain", icon, children, className = "", ...rest }: ButtonProps) {
  const own = look === "plain" ? "" : styles[look];
  return (
    <button type="button" {...rest} className={`${styles.button} ${own} ${className}`}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button with a picture alone; `label` says in words what it does. */
export function IconButton({ label, icon, look = "quiet", ...rest }: ButtonProps & { label: string; icon: IconName }) {
  return (
    <Button {...rest} look={look} aria-label={label} title={label} className={styles.icon ?? ""}>
      <Icon name={icon} />
    </Button>
  );
}
