import type { Comparison, Place } from "../api/types.js";
import styles from "./history-page.module.css";
import { ItemChange } from "./item-change.js";

interface ComparedItemsProps {
  readonly place: Place;
  readonly comparison: Comparison;
  readonly asText: boolean;
  readonly withNamespace: boolean;
}

const MOST = 200;
/** So many are opened from the beginning. */
const OPEN = 8;

/** Items that differ between two revisions, and how many people get other answers by that. */
export function ComparedItems({ place, comparison: { changes, affected }, asText, withNamespace }: ComparedItemsProps) {
  return (
    <div className={styles.changes}>
      {changes.slice(0, MOST).map(({ namespace, type, key, before, after }, index) => (
        <ItemChange
          key={`${namespace} ${type} ${key}`}
          change={{
            environment: place.environment,
            namespace,
            type,
            key,
            before: before ?? undefined,
            after: after ?? undefined,
          }}
          asText={asText}
          withNamespace={withNamespace}
          isOpen={index < OPEN}
        />
      ))}
      {changes.length > MOST && <p className="soft">and {changes.length - MOST} more</p>}
      {affected.length > 0 && (
        <p className="soft small">
          Other answers:{" "}
          {affected
            .slice(0, MOST)
            .map(({ flag, least, share }) => `${flag.slice(0, 100)} for ${shareWords(least, share)}`)
            .join(" · ")}
        </p>
      )}
    </div>
  );
}

function shareWords(least: number, most: number): string {
  const [low, high] = [percent(least), percent(most)];
  if (low === high) return low === "100%" ? "everybody" : `${low} of everybody`;
  return `${low} to ${high} of everybody`;
}

const percent = (share: number): string => `${Math.round(share * 10_000) / 100}%`;
