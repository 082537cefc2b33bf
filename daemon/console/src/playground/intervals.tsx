import type { Step } from "../api/types.js";
import styles from "./intervals.module.css";

interface IntervalsProps {
  readonly bucket: number | undefined;
  readonly intervals: NonNullable<Step["intervals"]>;
  /** Buckets that there are. */
  readonly grid: number;
}

const COLORS = 5;

/** The bucket of an entity, and the buckets that each value has: from the first one up to, and without, the last. */
export function Intervals({ bucket, intervals, grid }: IntervalsProps) {
  const rest = grid - (intervals.at(-1)?.to ?? 0);
  return (
    <div className={styles.box}>
      {bucket !== undefined && (
        <span className="soft small">
          The entity is in bucket {bucket} of {grid}.
        </span>
      )}
      <div className={styles.bar} aria-hidden="true">
        {intervals.map(({ from, to, value, hit }, index) => (
          <span
            key={`${from} ${value}`}
            className={`${styles[`c${index % COLORS}`]} ${hit ? "" : styles.missed}`}
            style={{ flexGrow: Math.max(to - from, 0), flexBasis: 0 }}
          />
        ))}
        {rest > 0 && <span style={{ flexGrow: rest, flexBasis: 0 }} />}
      </div>
      <ul className={styles.legend}>
        {intervals.map(({ from, to, value, hit }, index) => (
          <li key={`${from} ${value}`}>
            <span className={`${styles.dot} ${styles[`c${index % COLORS}`]}`} />
            <bdi className="mono">{value}</bdi>
            <span className="soft">
              {from}–{to}
            </span>
            {hit && <strong>this one</strong>}
          </li>
        ))}
      </ul>
    </div>
  );
}
