import type { FlagFacts } from "../api/flag-facts.js";
import { Ago } from "../ui/ago.js";
import styles from "./flag-list.module.css";

interface FactCellsProps {
  readonly facts: FlagFacts | undefined;
  /** Flags without a change were changed before. */
  readonly since: string | undefined;
}

/** The last change of a flag, by whom, its age, and how often it was evaluated. */
export function FactCells({ facts, since }: FactCellsProps) {
  const { changed, made, evaluations } = facts ?? {};
  return (
    // biome-ignore-start lint/a11y/useSemanticElements: see the list
    <>
      <span role="cell" className={`soft small ${styles.extra} ${styles.facts}`}>
        {changed ? (
          <span title={`by ${changed.by}`}>
            <Ago isNarrow time={changed.time} /> <bdi>by {changed.by.slice(0, 100)}</bdi>
          </span>
        ) : (
          since !== undefined && (
            <span>
              before <Ago isNarrow time={since} />
            </span>
          )
        )}
        {made && (
          <span>
            made <Ago isNarrow time={made.time} />
          </span>
        )}
      </span>
      <span
        role="cell"
        className={`soft small ${styles.extra} ${styles.right}`}
        title="Evaluations in the last 30 days"
      >
        {evaluations?.toLocaleString("en")}
      </span>
    </>
    // biome-ignore-end lint/a11y/useSemanticElements: see the list
  );
}
