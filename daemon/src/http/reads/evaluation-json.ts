import type { CompiledFlag } from "@vexil/core";
import { evaluateBoolean, evaluateVariant } from "@vexil/core/serving";
import type { EvaluationRequest } from "./evaluation-request.js";

/** The fields of an answer that are only known when the evaluation, or the whole batch, has ended. */
export interface Timing {
  readonly durationMs: number;
  readonly timestamp: string;
}

/** One evaluated flag: its JSON around the timing, and what is counted of it. */
export interface Evaluated {
  readonly before: string;
  readonly after: string;
  readonly match: boolean;
  readonly reason: string;
  readonly value: string;
  readonly segmentKeys: readonly string[];
}

export function evaluatedJson(evaluated: Evaluated, timing: Timing): string {
  return `${evaluated.before},"requestDurationMillis":${timing.durationMs},"timestamp":"${timing.timestamp}",${evaluated.after}`;
}

/** Written by hand: for one flag this is half the time of building an object and serialising it. */
export function evaluateBooleanJson(flag: CompiledFlag, request: EvaluationRequest, requestId: string): Evaluated {
  const { enabled, reason, segmentKeys } = evaluateBoolean(flag, request.entityId, request.context);
  return {
    before: `{"enabled":${enabled},"reason":"${reason}","requestId":${JSON.stringify(requestId)}`,
    after: `"flagKey":${JSON.stringify(flag.key)},"segmentKeys":${stringList(segmentKeys)}}`,
    match: reason === "MATCH_EVALUATION_REASON",
    reason,
    value: enabled ? "true" : "false",
    segmentKeys,
  };
}

export function evaluateVariantJson(flag: CompiledFlag, request: EvaluationRequest, requestId: string): Evaluated {
  const { match, reason, variantKey, variantAttachment, segmentKeys } = evaluateVariant(
    flag,
    request.entityId,
    request.context,
  );
  return {
    before:
      `{"match":${match},"segmentKeys":${stringList(segmentKeys)},"reason":"${reason}",` +
      `"variantKey":${JSON.stringify(variantKey)},"variantAttachment":${JSON.stringify(variantAttachment)},` +
      `"requestId":${JSON.stringify(requestId)}`,
    after: `"flagKey":${JSON.stringify(flag.key)}}`,
    match,
    reason,
    value: variantKey,
    segmentKeys,
  };
}

function stringList(strings: readonly string[]): string {
  return strings.length === 0 ? "[]" : JSON.stringify(strings);
}
