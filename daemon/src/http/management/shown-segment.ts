import type { Segment } from "@vexil/flags/read/document";
import { z } from "zod";

export const segmentPayloadSchema = z.object({
  "@type": z.string(),
  key: z.string(),
  matchType: z.enum(["ALL_MATCH_TYPE", "ANY_MATCH_TYPE"]),
  name: z.string(),
  description: z.string(),
  constraints: z.array(
    z.object({
      type: z.string(),
      property: z.string(),
      operator: z.string(),
      value: z.string(),
      description: z.string(),
    }),
  ),
});

export type SegmentPayload = z.input<typeof segmentPayloadSchema>;

/** A segment as a resource's payload, zero values and all. */
export function shownSegment(segment: Segment, type = "flipt.core.Segment"): SegmentPayload {
  return {
    "@type": type,
    key: segment.key,
    matchType: segment.matchType,
    name: segment.name,
    description: segment.description,
    constraints: segment.constraints.map(({ type: comparison, property, operator, value, description }) => ({
      type: comparison,
      property,
      operator,
      value,
      description,
    })),
  };
}
