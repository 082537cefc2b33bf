import type { Flag, Place } from "../api/types.js";
import { Card, Hint } from "../ui/card.js";
import { shorten } from "../ui/shorten.js";
import { DistributionBar } from "./distribution-bar.js";
import styles from "./item-list.module.css";
import { SegmentWords } from "./segment-words.js";

/** Rules are tried in this order; the first whose segments match decides. */
export function RulesCard({ place, flag }: { readonly place: Place; readonly flag: Flag }) {
  const { defaultVariant, rules } = flag;
  const otherwise = defaultVariant === undefined ? "no variant" : shorten(defaultVariant);
  return (
    <Card title="Rules" count={rules.length} bare>
      {rules.length === 0 && <Hint>No rules: everybody gets {otherwise}.</Hint>}
      <ol className={styles.items}>
        {rules.map(({ segments, segmentOperator, distributions }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule is its place
          <li key={index}>
            <span className={styles.rank}>{index + 1}</span>
            <div className={styles.content}>
              <p>
                Who is in <SegmentWords place={place} segments={segments} operator={segmentOperator} /> gets
              </p>
              {distributions.length === 0 ? (
                <p className="soft">no variant; the rule matches, and that is all</p>
              ) : (
                <DistributionBar
                  shares={distributions.map(({ variant, rollout }) => ({ name: variant, percent: rollout }))}
                />
              )}
            </div>
          </li>
        ))}
      </ol>
      {rules.length > 0 && <Hint>Whoever no rule matches gets {otherwise}.</Hint>}
    </Card>
  );
}
