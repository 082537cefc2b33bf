import type { Flag, Place } from "../api/types.js";
import { Badge } from "../ui/badge.js";
import { Card, Hint } from "../ui/card.js";
import { DistributionBar } from "./distribution-bar.js";
import styles from "./item-list.module.css";
import { SegmentWords } from "./segment-words.js";

const words = (value: boolean): string => (value ? "true" : "false");

/** Rollouts are tried in this order; the first that matches decides. */
export function RolloutsCard({ place, flag }: { readonly place: Place; readonly flag: Flag }) {
  const { rollouts, enabled } = flag;
  return (
    <Card title="Rollouts" count={rollouts.length} bare>
      {rollouts.length === 0 && <Hint>No rollouts: everybody gets {words(enabled)}.</Hint>}
      <ol className={styles.items}>
        {rollouts.map(({ description, segment, threshold }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rollout is its place
          <li key={index}>
            <span className={styles.rank}>{index + 1}</span>
            <div className={styles.content}>
              {segment && (
                <p>
                  Who is in{" "}
                  <SegmentWords place={place} segments={segment.segments} operator={segment.segmentOperator} /> gets{" "}
                  <Badge text={words(segment.value)} tone={segment.value ? "good" : "plain"} />
                </p>
              )}
              {threshold && (
                <>
                  <p>
                    {threshold.percentage}% of all get{" "}
                    <Badge text={words(threshold.value)} tone={threshold.value ? "good" : "plain"} />
                  </p>
                  <DistributionBar shares={[{ name: words(threshold.value), percent: threshold.percentage }]} />
                </>
              )}
              {!segment && !threshold && <p className="soft">It says neither a segment nor a percentage.</p>}
              {description !== "" && (
                <p className={`soft small ${styles.description}`}>
                  <bdi>{description}</bdi>
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
      {rollouts.length > 0 && <Hint>Whoever no rollout matches gets {words(enabled)}.</Hint>}
    </Card>
  );
}
