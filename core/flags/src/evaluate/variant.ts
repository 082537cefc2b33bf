import { variantBucket } from "./bucket.js";
import type { CompiledFlag, CompiledRule } from "./compiled-flag.js";
import type { Context } from "./context.js";
import { matchSegments, NO_SEGMENTS } from "./match-segments.js";
import type { Reason } from "./reason.js";

export interface VariantResult {
  readonly match: boolean;
  readonly reason: Reason;
  readonly variantKey: string;
  /** JSON text; `"null"` for a variant without attachment, `""` without variant. */
  readonly variantAttachment: string;
  readonly segmentKeys: readonly string[];
}

/** A variant flag's variant for an entity: the first rule that matches decides. */
export function evaluateVariant(flag: CompiledFlag, entityId: string, context: Context): VariantResult {
  if (!flag.enabled) return defaultVariant(flag);
  for (const rule of flag.rules) {
    const segmentKeys = matchSegments(rule.segments, rule.and, entityId, context);
    if (segmentKeys !== undefined) return matchedVariant(flag, rule, entityId, segmentKeys);
  }
  return defaultVariant(flag);
}

/** The variant of a flag that is disabled, or that no rule matched. */
export function defaultVariant({ enabled, defaultVariant: start }: CompiledFlag): VariantResult {
  const unmatched = start === undefined ? "UNKNOWN_EVALUATION_REASON" : "DEFAULT_EVALUATION_REASON";
  return {
    match: false,
    reason: enabled ? unmatched : "FLAG_DISABLED_EVALUATION_REASON",
    variantKey: start?.key ?? "",
    variantAttachment: start?.attachment ?? "",
    segmentKeys: NO_SEGMENTS,
  };
}

/** The variant that a rule gives. */
export function matchedVariant(
  flag: CompiledFlag,
  rule: CompiledRule,
  entityId: string,
  segmentKeys: readonly string[],
): VariantResult {
  const chosen = choose(rule, flag.key, entityId) ?? flag.defaultVariant;
  return {
    match: true,
    reason: "MATCH_EVALUATION_REASON",
    variantKey: chosen?.key ?? "",
    variantAttachment: chosen?.attachment ?? "",
    segmentKeys,
  };
}

/** The distribution that owns the entity's bucket; undefined for a rule without distributions. */
function choose(rule: CompiledRule, flagKey: string, entityId: string): CompiledRule["variants"][number] | undefined {
  if (rule.cuts.length < 2) return rule.variants[0];
  return ownerOf(rule, variantBucket(flagKey, entityId));
}

/** The distribution that owns a bucket; undefined for a rule without distributions. */
export function ownerOf(
  { cuts, variants }: CompiledRule,
  bucket: number,
): CompiledRule["variants"][number] | undefined {
  for (let index = 0; index < cuts.length; index += 1) {
    if ((cuts[index] ?? 0) > bucket) return variants[index];
  }
  return variants[variants.length - 1];
}
