import { shortestFloat } from "@vexil/flags/compile/shortest-float";
import type { Flag, Rollout } from "@vexil/flags/read/document";
import { z } from "zod";

const operator = z.enum(["OR_SEGMENT_OPERATOR", "AND_SEGMENT_OPERATOR"]);

export const flagPayloadSchema = z.object({
  "@type": z.string(),
  key: z.string(),
  type: z.enum(["VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE"]),
  name: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  variants: z.array(
    z.object({ key: z.string(), name: z.string(), description: z.string(), attachment: z.unknown().optional() }),
  ),
  rules: z.array(
    z.object({
      segmentOperator: operator,
      segments: z.array(z.string()),
      distributions: z.array(z.object({ variant: z.string(), rollout: z.number() })),
    }),
  ),
  rollouts: z.array(
    z.object({
      type: z.enum(["UNKNOWN_ROLLOUT_TYPE", "SEGMENT_ROLLOUT_TYPE", "THRESHOLD_ROLLOUT_TYPE"]),
      description: z.string(),
      segment: z.object({ value: z.boolean(), segments: z.array(z.string()), segmentOperator: operator }).optional(),
      threshold: z.object({ percentage: z.number(), value: z.boolean() }).optional(),
    }),
  ),
  defaultVariant: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});

export type FlagPayload = z.input<typeof flagPayloadSchema>;

/** A flag as a resource's payload, zero values and all. */
export function shownFlag(flag: Flag, type = "flipt.core.Flag"): FlagPayload {
  const defaultVariant = flag.variants.findLast((variant) => variant.default)?.key;
  return {
    "@type": type,
    key: flag.key,
    type: flag.type,
    name: flag.name,
    description: flag.description,
    enabled: flag.enabled,
    variants: flag.variants.map(({ key, name, description, attachment }) => ({
      key,
      name,
      description,
      ...(attachment === undefined ? {} : { attachment }),
    })),
    rules: flag.rules.map(({ segmentOperator, segments, distributions }) => ({
      segmentOperator,
      segments: [...segments],
      distributions: distributions.map(({ variant, rollout }) => ({ variant, rollout: shortestFloat(rollout) })),
    })),
    rollouts: flag.rollouts.map(shownRollout),
    ...(defaultVariant === undefined ? {} : { defaultVariant }),
    ...(flag.metadata === undefined ? {} : { metadata: { ...flag.metadata } }),
  };
}

function shownRollout({ description, segment, threshold }: Rollout): FlagPayload["rollouts"][number] {
  if (segment !== undefined) {
    const { value, segments, segmentOperator } = segment;
    return { type: "SEGMENT_ROLLOUT_TYPE", description, segment: { value, segments: [...segments], segmentOperator } };
  }
  if (threshold !== undefined) {
    const percentage = shortestFloat(threshold.percentage);
    return { type: "THRESHOLD_ROLLOUT_TYPE", description, threshold: { percentage, value: threshold.value } };
  }
  return { type: "UNKNOWN_ROLLOUT_TYPE", description };
}
