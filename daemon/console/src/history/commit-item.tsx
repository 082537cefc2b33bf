import { Link } from "@tanstack/react-router";
import { type Commit, FLAG, type Place, SEGMENT } from "../api/types.js";
import { Button } from "../ui/button.js";
import { CommitLine } from "./commit-line.js";
import styles from "./history-page.module.css";
import type { HistorySearch } from "./history-search.js";
import { ItemChange, type ItemChangeValue } from "./item-change.js";

const MOST = 20;

interface CommitItemProps {
  readonly place: Place;
  readonly search: HistorySearch;
  readonly commit: Commit;
  /** One of those that are to be compared. */
  readonly isPicked: boolean;
  readonly onPick: () => void;
  /** Reason why the caller may not go back. */
  readonly refusal: string | undefined;
  /** Undefined where there is no way back. */
  readonly onRollBack: (() => void) | undefined;
}

/** A commit with what it changed, item by item, and what can be done with it. */
export function CommitItem({ place, search, commit, isPicked, onPick, refusal, onRollBack }: CommitItemProps) {
  const { changes, revision } = commit;
  const [body] = commit.message.split("\n").slice(1).join("\n").trim().split("\n\n");
  const short = revision.slice(0, 8);
  return (
    <li className={styles.commit}>
      <input
        type="checkbox"
        className={styles.pick}
        aria-label={`Pick ${short} to compare it`}
        title="Pick two to compare them"
        checked={isPicked}
        onChange={onPick}
      />
      <div className={styles.content}>
        <CommitLine commit={commit} />
        {body !== undefined && body !== "" && <p className="soft small">{body.slice(0, 500)}</p>}
        <div className={styles.changes}>
          {changes.slice(0, MOST).map((change) => (
            <ItemChange
              key={`${change.namespaceKey} ${change.typeUrl} ${change.key}`}
              change={changeOf(place.environment, change)}
              asText={search.view === "text"}
              withNamespace={search.all === true}
            />
          ))}
          {changes.length > MOST && <span className="soft small">and {changes.length - MOST} more</span>}
        </div>
      </div>
      <div className={styles.tools}>
        <Link to="." search={{ ...search, base: revision }} className="small">
          Compare with now
        </Link>
        {onRollBack && (
          <Button icon="back" reason={refusal} onClick={onRollBack} aria-label={`Roll back to ${short}`}>
            Roll back
          </Button>
        )}
      </div>
    </li>
  );
}

function changeOf(environment: string, change: Commit["changes"][number]): ItemChangeValue {
  const { namespaceKey, typeUrl, key, before, after } = change;
  const type = typeUrl === FLAG ? "flag" : typeUrl === SEGMENT ? "segment" : "namespace";
  return { environment, namespace: namespaceKey, type, key, before, after };
}
