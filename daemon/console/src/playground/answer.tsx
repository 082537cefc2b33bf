import type { Place } from "../api/types.js";
import { Icon } from "../ui/icons.js";
import { JsonText } from "../ui/json-text.js";
import type { Answered } from "./answer-query.js";
import { AnswerState } from "./answer-state.js";
import { attachmentOf, reasonWords, valueText } from "./answer-words.js";
import styles from "./playground-page.module.css";
import { StepWords } from "./step-words.js";

interface AnswerProps {
  readonly place: Place;
  readonly answer: Answered;
}

/** The answer, and every step that was tried; without steps the segments that the entity is in. */
export function Answer({ place, answer }: AnswerProps) {
  const { evaluation, steps, closest } = answer;
  const value = valueText(evaluation);
  const attachment = attachmentOf(evaluation);
  return (
    <>
      <div className={styles.answer}>
        {value === "" ? (
          <span className="soft">no variant</span>
        ) : (
          <code className={styles.value}>
            <bdi>{value}</bdi>
          </code>
        )}
        <span className="soft">because {reasonWords(evaluation)}</span>
        {attachment !== "" && (
          <code>
            <JsonText text={attachment} />
          </code>
        )}
      </div>
      <AnswerState answer={answer} />
      {closest && (
        <p className={styles.answer}>
          <Icon name="info" />
          <span>
            Closest to another answer: with{" "}
            {Object.entries(closest.change).map(([key, one]) => (
              <code key={key}>
                {key} = {JSON.stringify(one)}{" "}
              </code>
            ))}
            it gives <code>{closest.gives}</code>.
          </span>
        </p>
      )}
      {steps ? (
        <ol className={styles.steps}>
          {steps.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
            <li key={index} className={step.outcome === "skipped" ? styles.skipped : ""}>
              <StepWords place={place} step={step} />
            </li>
          ))}
        </ol>
      ) : (
        <p className={styles.answer}>
          <span className="soft">Segments that matched:</span>
          {evaluation.segmentKeys.length === 0 ? (
            "none"
          ) : (
            <bdi className="mono">{evaluation.segmentKeys.join(", ")}</bdi>
          )}
        </p>
      )}
    </>
  );
}
