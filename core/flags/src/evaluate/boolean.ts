import { thresholdBucket } from "./bucket.js";
import type { CompiledFlag } from "./compiled-flag.js";
import type { Context } from "./context.js";
import { matchSegments, NO_SEGMENTS } from "./match-segments.js";
import type { Reason } from "./reason.js";

export interface BooleanResult {
  readonly enabled: boolean;
  readonly reason: Reason;
  readonly segmentKeys: readonly string[];
}

/** A boolean flag's value for an entity: the first rollout that applies, else `enabled`. */
export function evaluateBoolean(flag: CompiledFlag, entityId: string, context: Context): BooleanResult {
  for (const rollout of flag.rollouts) {
    if (rollout.type === "threshold") {
      if (thresholdBucket(flag.key, entityId) < rollout.percentage) return matchedBoolean(rollout.value, NO_SEGMENTS);
      continue;
    }
    const keys = matchSegments(rollout.segments, rollout.and, entityId, context);
    if (keys !== undefined) return matchedBoolean(rollout.value, keys);
  }
  return defaultBoolean(flag);
}

/** The value of a flag that no rollout applied to. */
export function defaultBoolean(flag: CompiledFlag): BooleanResult {
  return { enabled: flag.enabled, reason: "DEFAULT_EVALUATION_REASON", segmentKeys: NO_SEGMENTS };
}

/** The value that a rollout gives. */
export function matchedBoolean(enabled: boolean, segmentKeys: readonly string[]): BooleanResult {
  return { enabled, reason: "MATCH_EVALUATION_REASON", segmentKeys };
}
