import type { ReactNode } from "react";
import styles from "./group.module.css";

interface GroupProps {
  readonly title: ReactNode;
  readonly children: ReactNode;
}

/** Things to choose from that belong together, in a frame. */
export function Group({ title, children }: GroupProps) {
  return (
    <fieldset className={styles.group}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}
