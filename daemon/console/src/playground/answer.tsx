import type { Explanation, Step } from "../api/types.js";
import { operatorWords } from "../segments/operator-words.js";
import { Ago } from "../ui/ago.js";
import { Badge, type Tone } from "../ui/badge.js";
import { Icon } from "../ui/icons.js";
import styles from "./playground-page.module.css";

const REASONS: Readonly<Record<string, string>> = {
  FLAG_DISABLED_EVALUATION_REASON: "the flag is off",
  MATCH_EVALUATION_REASON: "a rule or rollout matched",
  DEFAULT_EVALUATION_REASON: "nothing matched",
};

/** The answer, and every step that was tried. */
export function Answer({ explanation }: { readonly explanation: Explanation }) {
  const { evaluation, steps, closest } = explanation;
  const isBoolean = "enabled" in evaluation;
  const value = isBoolean ? String(evaluation.enabled) : evaluation.variantKey;
  return (
    <>
      <div className={styles.answer}>
        {value === "" ? <span className="soft">no variant</span> : <code className={styles.value}>{value}</code>}
        <span className="soft">because {REASONS[evaluation.reason] ?? "of no reason that is known"}</span>
        {!isBoolean && evaluation.variantAttachment !== "" && <code>{evaluation.variantAttachment}</code>}
      </div>
      <ol className={styles.steps}>
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
          <li key={index} className={step.outcome === "skipped" ? styles.skipped : ""}>
            <StepWords step={step} />
          </li>
        ))}
      </ol>
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
    </>
  );
}

const OUTCOMES: Readonly<Record<Step["outcome"], readonly [string, Tone]>> = {
  match: ["matches", "good"],
  "no-match": ["does not match", "plain"],
  skipped: ["not tried", "plain"],
};

/** Of the flag itself. */
const STATES = { on: ["is on", "good"], off: ["is off", "plain"] } as const;

function StepWords({ step }: { readonly step: Step }) {
  const { kind, rank, outcome, enabled, reason, value, segments = [], bucket, source } = step;
  const [words, tone] = enabled === undefined ? OUTCOMES[outcome] : STATES[enabled ? "on" : "off"];
  const name =
    kind === "flag" ? "The flag" : kind === "default" ? "Default" : `${kind === "rule" ? "Rule" : "Rollout"} ${rank}`;
  return (
    <>
      <div className="row wrap">
        <strong>{name}</strong>
        <Badge text={words} tone={tone} />
        {value !== undefined && <code>{value}</code>}
        {bucket !== undefined && <span className="soft small">bucket {bucket}</span>}
        {reason !== undefined && <span className="soft">{reason}</span>}
      </div>
      {segments.map((segment) => (
        <div key={segment.key} className={styles.tried}>
          <span className="row wrap">
            <span>
              Segment <bdi className="mono">{segment.key}</bdi>
            </span>
            <Badge text={segment.match ? "in it" : "not in it"} tone={segment.match ? "good" : "plain"} />
          </span>
          {segment.constraints.map((constraint, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a constraint has no name
            <span key={index} className="small">
              <Icon name={constraint.match ? "check" : "close"} size={13} />{" "}
              <span className="hidden">{constraint.match ? "true: " : "not true: "}</span>
              <bdi className="mono">{constraint.property || "entity id"}</bdi> {operatorWords(constraint.operator)}{" "}
              <bdi className="mono">{constraint.expected}</bdi>
              <span className="soft">
                {" "}
                · it is {constraint.seen === null ? "not there" : <bdi className="mono">{constraint.seen}</bdi>}
              </span>
            </span>
          ))}
        </div>
      ))}
      {source && (
        <span className="soft small">
          <code>{[source.file, source.line, source.column].filter((part) => part !== undefined).join(":")}</code>
          {source.author !== undefined && <bdi> · {source.author}</bdi>}
          {source.time !== undefined && (
            <>
              , <Ago time={source.time} />
            </>
          )}
        </span>
      )}
    </>
  );
}
