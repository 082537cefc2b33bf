import { Ago } from "../ui/ago.js";
import type { Answered } from "./answer-query.js";
import styles from "./playground-page.module.css";

/** The state that an answer is of, and how it was found. */
export function AnswerState({ answer: { revision, at } }: { readonly answer: Answered }) {
  if (revision === undefined || revision === "") return null;
  return (
    <p className={styles.state}>
      State <code title={revision}>{revision.slice(0, 12)}</code>
      {at?.time !== undefined && (
        <>
          {at.kind === "served" ? " · first served " : " · the branch's commit of "}
          <Ago time={at.time} />
        </>
      )}
    </p>
  );
}
