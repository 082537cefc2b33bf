import { thresholdBucket, variantBucket } from "../evaluate/bucket.js";
import type { CompiledFlag, CompiledRollout, CompiledRule, CompiledSegment } from "../evaluate/compiled-flag.js";
import type { Context } from "../evaluate/context.js";
import { matchConstraint } from "../evaluate/match-constraint.js";
import type { ConstraintMatch } from "../evaluate/match-segments.js";
import type { Flag } from "../read/document.js";
import { closestMiss } from "./closest-miss.js";
import { type Decision, decide, givenValue, type Question } from "./decide.js";
import { explainSegment } from "./explain-segment.js";
import type { ExplainedStep, Explanation, Interval } from "./explanation.js";
import { SeenValues } from "./seen-values.js";

/** Explains what a flag gives for an entity, all at once. The parameters are those of {@link explaining}. */
export function explainFlag(...asked: Parameters<typeof explaining>): Explanation {
  const work = explaining(...asked);
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/**
 * Explains what a flag gives for an entity. Yields where others may have their turn.
 * @param flag as evaluations read it
 * @param written the same flag as its file has it
 * @param matches what decides about constraints, where their outcomes are known already
 */
export function* explaining(
  flag: CompiledFlag,
  written: Flag,
  entityId: string,
  context: Context,
  matches: ConstraintMatch = matchConstraint,
): Generator<void, Explanation> {
  const question = { entityId, context, matches };
  const decision = decide(flag, question);
  yield;
  const asked = { question, seen: new SeenValues(question) };
  const isBoolean = flag.type === "BOOLEAN_FLAG_TYPE";
  const closest = closestMiss(flag, question, decision);
  const steps = [flagStep(flag)];
  const tried = isBoolean ? rolloutSteps(flag, written, asked, decision) : ruleSteps(flag, written, asked, decision);
  for (const step of tried) {
    yield;
    steps.push(step);
  }
  steps.push(defaultStep(flag, decision));
  return { result: decision.result, steps, ...(closest === undefined ? {} : { closest }) };
}

/** A question, and what its constraints see. */
interface Asked {
  readonly question: Question;
  readonly seen: SeenValues;
}

/** A variant flag that is disabled is decided by that; a boolean one has its default there. */
function flagStep({ enabled, type }: CompiledFlag): ExplainedStep {
  const goesOn = enabled || type === "BOOLEAN_FLAG_TYPE";
  return goesOn
    ? { kind: "flag", outcome: "match", enabled }
    : { kind: "flag", outcome: "no-match", reason: "disabled", enabled };
}

function defaultStep({ enabled, type }: CompiledFlag, { index, result }: Decision): ExplainedStep {
  const isDisabled = type === "VARIANT_FLAG_TYPE" && !enabled;
  if (index !== undefined || isDisabled) return { kind: "default", outcome: "skipped" };
  if (result.reason === "DEFAULT_EVALUATION_REASON") {
    return { kind: "default", outcome: "match", value: givenValue(result) };
  }
  return { kind: "default", outcome: "no-match", reason: "no default variant" };
}

function* ruleSteps(flag: CompiledFlag, written: Flag, asked: Asked, decision: Decision): Generator<ExplainedStep> {
  for (const [index, rule] of flag.rules.entries()) yield ruleStep(flag, rule, index, written, asked, decision);
}

function ruleStep(
  flag: CompiledFlag,
  rule: CompiledRule,
  index: number,
  written: Flag,
  asked: Asked,
  decision: Decision,
): ExplainedStep {
  const kind = "rule";
  const rank = index + 1;
  if (!flag.enabled || index > (decision.index ?? index)) return { kind, rank, outcome: "skipped" };
  const tried = triedSegments(rule, written.rules[index]?.segments ?? [], asked);
  if (index !== decision.index) return { kind, rank, outcome: "no-match", ...tried };
  const value = givenValue(decision.result);
  if (rule.cuts.length === 0) return { kind, rank, outcome: "match", ...tried, value };
  const bucket = variantBucket(flag.key, asked.question.entityId);
  let from = 0;
  const intervals = rule.cuts.map((to, at): Interval => {
    const interval = { from, to, value: rule.variants[at]?.key ?? "" };
    from = to;
    return marked(interval, bucket);
  });
  return { kind, rank, outcome: "match", ...tried, bucket, intervals, value };
}

/** Rollouts in the order of the file, those that do nothing included. */
function* rolloutSteps(flag: CompiledFlag, written: Flag, asked: Asked, decision: Decision): Generator<ExplainedStep> {
  let index = -1;
  const stepOf = ({ segment, threshold }: Flag["rollouts"][number], at: number): ExplainedStep => {
    const kind = "rollout";
    const rank = at + 1;
    const isEmpty = segment === undefined && threshold === undefined;
    if (!isEmpty) index += 1;
    const isOver = decision.index !== undefined && (isEmpty ? index >= decision.index : index > decision.index);
    if (isOver) return { kind, rank, outcome: "skipped" };
    if (isEmpty) return { kind, rank, outcome: "no-match", reason: "neither a segment nor a threshold" };
    const rollout = flag.rollouts[index] as CompiledRollout;
    const outcome = index === decision.index ? "match" : "no-match";
    const value = outcome === "match" ? { value: String(rollout.value) } : {};
    if (rollout.type === "segment") {
      return { kind, rank, outcome, ...triedSegments(rollout, segment?.segments ?? [], asked), ...value };
    }
    const bucket = thresholdBucket(flag.key, asked.question.entityId);
    const to = Math.min(100, Math.max(0, Math.ceil(rollout.percentage || 0)));
    const intervals = [marked({ from: 0, to, value: String(rollout.value) }, bucket)];
    return { kind, rank, outcome, bucket, intervals, ...value };
  };
  for (const [at, rollout] of written.rollouts.entries()) yield stepOf(rollout, at);
}

function marked(interval: Interval, bucket: number): Interval {
  return interval.from <= bucket && bucket < interval.to ? { ...interval, hit: true } : interval;
}

function triedSegments(
  { segments, and }: { readonly segments: readonly CompiledSegment[]; readonly and: boolean },
  written: readonly string[],
  { question, seen }: Asked,
): Pick<ExplainedStep, "segmentOperator" | "segments" | "ignored"> {
  const ignored =
    written.length === segments.length ? [] : written.filter((name) => !segments.some(({ key }) => key === name));
  return {
    segmentOperator: and ? "AND_SEGMENT_OPERATOR" : "OR_SEGMENT_OPERATOR",
    segments: segments.map((segment) => explainSegment(segment, question, seen)),
    ...(ignored.length === 0 ? {} : { ignored: [...new Set(ignored)] }),
  };
}
