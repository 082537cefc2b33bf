import { type ReactNode, useId } from "react";
import styles from "./card.module.css";

interface CardProps {
  readonly title: string;
  readonly count?: number;
  readonly actions?: ReactNode;
  /** The content has margins of its own. */
  readonly bare?: boolean;
  readonly children: ReactNode;
}

export function Card({ title, count, actions, bare = false, children }: CardProps) {
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>
          {title}
          {count !== undefined && <span className={styles.count}>{count}</span>}
        </h2>
        {actions}
      </div>
      {bare ? children : <div className={styles.body}>{children}</div>}
    </section>
  );
}

/** Words in place of what a card would hold. */
export function Hint({ children }: { readonly children: ReactNode }) {
  return <p className={styles.hint}>{children}</p>;
}
