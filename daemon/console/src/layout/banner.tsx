import { Link } from "@tanstack/react-router";
import type { StorageStatus } from "../api/types.js";
import { useStatus } from "../api/use-status.js";
import { presentError } from "../status/present-error.js";
import { relativeWords } from "../ui/ago.js";
import { Icon } from "../ui/icons.js";
import styles from "./banner.module.css";
import { usePlace } from "./use-place.js";

const MOST_CHARACTERS = 500;

/** Says so while what is shown may be old: its storage is stale or failed, or files of it are left out. */
export function Banner() {
  const place = usePlace();
  const { data } = useStatus();
  const storage = data?.storages.find(({ environments }) => environments.includes(place?.environment ?? ""));
  const words = storage && wordsFor(storage);
  if (storage === undefined || words === undefined) return null;
  // What happened, and what to do about it.
  const cause = storage.state === "ready" ? undefined : presentError(storage)?.message;
  return (
    <div className={`${styles.banner} ${storage.state === "failed" ? styles.bad : ""}`} role="status">
      <Icon name="alert" />
      <div className={styles.words}>
        <p>
          {words} <Link to="/status">See the status</Link>
        </p>
        {cause !== undefined && (
          <p className="small">
            <bdi>{cause.slice(0, MOST_CHARACTERS)}</bdi>
          </p>
        )}
      </div>
    </div>
  );
}

function wordsFor(storage: StorageStatus): string | undefined {
  const { id, state, stalenessSeconds, quarantined, unservedNamespaces: unserved = [] } = storage;
  const since = relativeWords(-stalenessSeconds);
  if (state === "failed")
    return `Storage ${id} has failed. What is shown was last confirmed ${since}; changes may be refused.`;
  if (state === "stale") return `Storage ${id} is stale: its remote was last reached ${since}. Changes may fail.`;
  const [first, ...more] = new Set(quarantined.map(({ file }) => file));
  if (first === undefined) return state === "starting" ? `Storage ${id} is starting.` : undefined;
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return `${first}${others} cannot be read; ${unservedWords(unserved) ?? "its namespaces keep their last good state"}.`;
}

/** Says of what was never without faults that it is not served. */
function unservedWords([one, ...more]: NonNullable<StorageStatus["unservedNamespaces"]>): string | undefined {
  if (one === undefined) return undefined;
  if (more.length > 0) return `${more.length + 1} namespaces are not served`;
  return `namespace ${one.namespace.slice(0, 100)} of ${one.environment.slice(0, 100)} is not served`;
}
