import type { Commit } from "../api/types.js";
import { Ago } from "../ui/ago.js";
import styles from "./commit-line.module.css";

/** Subject, author, time and the beginning of the id. */
export function CommitLine({ commit }: { readonly commit: Commit }) {
  const { message, authorName, actor, timestamp, revision } = commit;
  return (
    <div className={styles.line}>
      <span className={styles.subject}>
        <bdi>{message.split("\n", 1)[0]?.slice(0, 300)}</bdi>
      </span>
      <span className="soft small">
        <bdi>{(actor ?? authorName).slice(0, 100)}</bdi> · <Ago time={timestamp} /> ·{" "}
        <code title={revision}>{revision.slice(0, 8)}</code>
      </span>
    </div>
  );
}
