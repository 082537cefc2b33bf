import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import styles from "./button.module.css";
import { Icon, type IconName } from "./icons.js";

interface ButtonLinkProps {
  readonly to: string;
  readonly params: object;
  readonly icon: IconName;
  readonly look?: "primary";
  readonly children: ReactNode;
}

/** A link that looks like a button. */
export function ButtonLink({ to, params, icon, look, children }: ButtonLinkProps) {
  return (
    <Link to={to} params={params} className={`${styles.button} ${look === undefined ? "" : styles[look]}`}>
      <Icon name={icon} />
      {children}
    </Link>
  );
}
