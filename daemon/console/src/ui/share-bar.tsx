import type { ReactNode } from "react";
import styles from "./share-bar.module.css";
import { shorten } from "./shorten.js";

interface Share {
  /** Tells it from the others. */
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** Said of it beside its name. */
  readonly words: ReactNode;
  readonly isFaint?: boolean;
}

interface ShareBarProps {
  readonly shares: readonly Share[];
  /** Size of all together, with what no share has. */
  readonly whole: number;
  /** Said of what no share has, where there is such. */
  readonly rest?: (size: number) => ReactNode;
}

const COLORS = 5;

/** Parts of a whole side by side, each as wide as it is, and their names. */
export function ShareBar({ shares, whole, rest }: ShareBarProps) {
  const left = Math.round((whole - shares.reduce((sum, { size }) => sum + size, 0)) * 100) / 100;
  return (
    <>
      <div className={styles.bar} aria-hidden="true">
        {shares.map(
          ({ id, size, isFaint }, index) =>
            size > 0 && (
              <span
                key={id}
                className={`${styles.part} ${styles[`c${index % COLORS}`]} ${isFaint ? styles.faint : ""}`}
                style={{ flexGrow: size, flexBasis: 0 }}
              />
            ),
        )}
        {left > 0 && <span style={{ flexGrow: left, flexBasis: 0 }} />}
      </div>
      <ul className={styles.legend}>
        {shares.map(({ id, name, words }, index) => (
          <li key={id}>
            <span className={`${styles.dot} ${styles[`c${index % COLORS}`]}`} />
            <bdi className="mono">{shorten(name)}</bdi> {words}
          </li>
        ))}
        {rest && left > 0 && <li className="soft">{rest(left)}</li>}
      </ul>
    </>
  );
}
