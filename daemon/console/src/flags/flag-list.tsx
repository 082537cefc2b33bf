import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import type { KnownFacts } from "../api/flag-facts.js";
import { useRefusal } from "../api/rights.js";
import type { Flag, Place } from "../api/types.js";
import { useToggle } from "../flag/use-toggle.js";
import { Button } from "../ui/button.js";
import { Empty } from "../ui/states.js";
import styles from "./flag-list.module.css";
import { FlagRow } from "./flag-row.js";
import { NewFlagLink } from "./new-flag-link.js";

const ROW_PX = 58;
const BEYOND = 8;

interface FlagListProps {
  readonly place: Place;
  readonly flags: readonly Flag[];
  readonly known: KnownFacts;
  /** Flags that there are, filter or not. */
  readonly total: number;
  readonly revision: string;
  readonly onClear: () => void;
}

/** Only rows that can be seen are there, so that ten thousand cost no more than ten. */
export function FlagList({ place, flags, known, total, revision, onClear }: FlagListProps) {
  const box = useRef<HTMLDivElement>(null);
  const { busy, toggle } = useToggle(place);
  const reason = useRefusal(place, "update");
  const virtual = useVirtualizer({
    count: flags.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: BEYOND,
  });
  if (total === 0) {
    return (
      <Empty icon="flag" title="No flags here yet">
        <p>
          Create the first one here, or add it to this namespace's features file and push it: it is shown as soon as it
          is served.
        </p>
        <NewFlagLink place={place} />
      </Empty>
    );
  }
  if (flags.length === 0) {
    return (
      <Empty icon="search" title="No flag is like that">
        <p>None of the {total.toLocaleString("en")} flags fits what is searched for.</p>
        <Button onClick={onClear}>Show all flags</Button>
      </Empty>
    );
  }
  return (
    <div ref={box} className={styles.list}>
      {/* biome-ignore-start lint/a11y/useSemanticElements: rows that come and go have places of their own, which a table gives none */}
      <div role="table" aria-label="Flags" aria-rowcount={flags.length + 1}>
        <div role="row" aria-rowindex={1} className={`${styles.line} ${styles.head}`} tabIndex={-1}>
          <span role="columnheader" tabIndex={-1}>
            On
          </span>
          <span role="columnheader" tabIndex={-1}>
            Flag
          </span>
          <span role="columnheader" tabIndex={-1}>
            Type
          </span>
          <span role="columnheader" tabIndex={-1} className={styles.wide}>
            Metadata
          </span>
          <span role="columnheader" tabIndex={-1} className={styles.wide}>
            Targeting
          </span>
          <span role="columnheader" tabIndex={-1} className={styles.extra}>
            {known.hasChanges && "Changed"}
          </span>
          <span role="columnheader" tabIndex={-1} className={`${styles.extra} ${styles.right}`}>
            {known.hasCounts && "Evaluations"}
          </span>
        </div>
        <div role="rowgroup" className={styles.rows} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const flag = flags[index];
            return (
              flag && (
                <FlagRow
                  key={flag.key}
                  place={place}
                  flag={flag}
                  row={index + 2}
                  top={start}
                  facts={known.facts.get(flag.key)}
                  since={known.since}
                  busy={busy === flag.key}
                  reason={reason}
                  onToggle={() => toggle(flag, revision)}
                />
              )
            );
          })}
        </div>
      </div>
      {/* biome-ignore-end lint/a11y/useSemanticElements: see above */}
    </div>
  );
}
