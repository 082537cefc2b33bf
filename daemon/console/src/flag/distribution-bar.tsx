import styles from "./distribution-bar.module.css";

const COLORS = 5;

export interface Share {
  readonly name: string;
  /** Of a hundred. */
  readonly percent: number;
}

/** Shares side by side, each as wide as it is, and what is left of a hundred. */
export function DistributionBar({ shares }: { readonly shares: readonly Share[] }) {
  const rest = Math.round((100 - shares.reduce((sum, { percent }) => sum + percent, 0)) * 100) / 100;
  return (
    <>
      <div className={styles.bar} aria-hidden="true">
        {shares.map(({ name, percent }, index) => (
          <span
            key={name}
            className={`${styles.part} ${styles[`c${index % COLORS}`]}`}
            style={{ flexGrow: Math.max(percent, 0), flexBasis: 0 }}
          />
        ))}
        {rest > 0 && <span style={{ flexGrow: rest, flexBasis: 0 }} />}
      </div>
      <ul className={styles.legend}>
        {shares.map(({ name, percent }, index) => (
          <li key={name}>
            <span className={`${styles.dot} ${styles[`c${index % COLORS}`]}`} />
            <bdi className="mono">{name}</bdi> {percent}%
          </li>
        ))}
        {rest > 0 && <li className="soft">{rest}% go on to the next step</li>}
      </ul>
    </>
  );
}
