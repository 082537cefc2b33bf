import { type BooleanResult, defaultBoolean, matchedBoolean } from "../evaluate/boolean.js";
import { thresholdBucket } from "../evaluate/bucket.js";
import type { CompiledFlag, CompiledRollout, CompiledRule } from "../evaluate/compiled-flag.js";
import type { Context } from "../evaluate/context.js";
import { type ConstraintMatch, matchSegments, NO_SEGMENTS } from "../evaluate/match-segments.js";
import { defaultVariant, matchedVariant, type VariantResult } from "../evaluate/variant.js";

/** An entity in its context, and what decides about constraints. */
export interface Question {
  readonly entityId: string;
  readonly context: Context;
  readonly matches: ConstraintMatch;
}

/** Which rule or rollout decided, and what came out. */
export interface Decision {
  /** Its index among the compiled ones; undefined where none did. */
  readonly index: number | undefined;
  readonly result: BooleanResult | VariantResult;
}

/** Evaluates a flag step by step, each by the functions that evaluations use. */
export function decide(flag: CompiledFlag, question: Question): Decision {
  return flag.type === "BOOLEAN_FLAG_TYPE" ? decideBoolean(flag, question) : decideVariant(flag, question);
}

function decideBoolean(flag: CompiledFlag, question: Question): Decision {
  for (let index = 0; index < flag.rollouts.length; index += 1) {
    const rollout = flag.rollouts[index] as CompiledRollout;
    const keys = rolloutKeys(flag, rollout, question);
    if (keys !== undefined) return { index, result: matchedBoolean(rollout.value, keys) };
  }
  return { index: undefined, result: defaultBoolean(flag) };
}

function decideVariant(flag: CompiledFlag, question: Question): Decision {
  if (flag.enabled) {
    for (let index = 0; index < flag.rules.length; index += 1) {
      const rule = flag.rules[index] as CompiledRule;
      const keys = segmentKeys(rule, question);
      if (keys !== undefined) return { index, result: matchedVariant(flag, rule, question.entityId, keys) };
    }
  }
  return { index: undefined, result: defaultVariant(flag) };
}

function rolloutKeys(flag: CompiledFlag, rollout: CompiledRollout, question: Question): readonly string[] | undefined {
  if (rollout.type === "segment") return segmentKeys(rollout, question);
  return thresholdBucket(flag.key, question.entityId) < rollout.percentage ? NO_SEGMENTS : undefined;
}

/** Keys of the segments by which a rule or rollout applies; undefined where it does not. */
export function segmentKeys(
  { segments, and }: Pick<CompiledRule, "segments" | "and">,
  { entityId, context, matches }: Question,
): readonly string[] | undefined {
  return matchSegments(segments, and, entityId, context, matches);
}

/** The value of a result, in a word: the variant's key, or `true` or `false`. */
export function givenValue(result: BooleanResult | VariantResult): string {
  return "enabled" in result ? String(result.enabled) : result.variantKey;
}

/** Tells whether a rule or rollout gave the result. */
export function isMatch({ reason }: BooleanResult | VariantResult): boolean {
  return reason === "MATCH_EVALUATION_REASON";
}
