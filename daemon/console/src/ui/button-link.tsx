import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import styles from "./button.module.css";
import { Icon, type IconName } from "./icons.js";

interface ButtonLinkProps {
  readonly to: string;
  readonly params: object;
  readonly search?: object;
  readonly icon?: IconName;
  readonly look?: "primary";
  readonly children: ReactNode;
}

/** A link that looks like a button. */
export function ButtonLink({ icon, look, children, ...link }: ButtonLinkProps) {
  return (
    <Link {...link} className={`${styles.button} ${look === undefined ? "" : styles[look]}`}>
      {icon && <Icon name={icon} />}
      {children}
    </Link>
  );
}
