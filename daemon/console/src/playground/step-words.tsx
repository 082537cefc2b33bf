import type { Place, Step } from "../api/types.js";
import { Badge, type Tone } from "../ui/badge.js";
import { Intervals } from "./intervals.js";
import { SegmentTried } from "./segment-tried.js";
import { SourceWords } from "./source-words.js";

const OUTCOMES: Readonly<Record<Step["outcome"], readonly [string, Tone]>> = {
  match: ["matches", "good"],
  "no-match": ["does not match", "plain"],
  skipped: ["not tried", "plain"],
};

/** Of the flag itself. */
const STATES = { on: ["is on", "good"], off: ["is off", "plain"] } as const;
/** Buckets of shares. */
const GRIDS: Readonly<Record<string, number>> = { rule: 1_000, rollout: 100 };
const NAMES = { flag: "The flag", default: "Default", rule: "Rule", rollout: "Rollout" } as const;

/** One step of an evaluation: what was compared, what came of it, and where it is written. */
export function StepWords({ place, step }: { readonly place: Place; readonly step: Step }) {
  const {
    kind,
    rank,
    outcome,
    enabled,
    reason,
    value,
    segments = [],
    segmentOperator,
    bucket,
    intervals,
    source,
  } = step;
  const [words, tone] = enabled === undefined ? OUTCOMES[outcome] : STATES[enabled ? "on" : "off"];
  return (
    <>
      <div className="row wrap">
        <strong>{rank === undefined ? NAMES[kind] : `${NAMES[kind]} ${rank}`}</strong>
        <Badge text={words} tone={tone} />
        {value !== undefined && <code>{value}</code>}
        {reason !== undefined && <span className="soft">{reason}</span>}
      </div>
      {segments.length > 1 && (
        <span className="soft small">
          {segmentOperator === "AND_SEGMENT_OPERATOR" ? "Has to be in each of:" : "Has to be in one of:"}
        </span>
      )}
      {segments.map((segment) => (
        <SegmentTried key={segment.key} place={place} segment={segment} />
      ))}
      {step.ignored !== undefined && step.ignored.length > 0 && (
        <span className="soft small">
          Not counted: <bdi>{step.ignored.join(", ")}</bdi>
        </span>
      )}
      {(bucket !== undefined || intervals !== undefined) && (
        <Intervals bucket={bucket} intervals={intervals ?? []} grid={GRIDS[kind] ?? 0} />
      )}
      <SourceWords place={place} source={source} />
    </>
  );
}
