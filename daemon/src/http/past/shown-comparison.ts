import type { ItemChange } from "@vexil/flags/compare/changed-items";
import type { Comparison } from "@vexil/flags/compare/compare-namespaces";
import type { AffectedFlag, Region } from "@vexil/flags/compare/region";
import type { FlagPlaces } from "@vexil/flags/compile/flag-places";
import { z } from "zod";
import { shownFlag } from "../management/shown-flag.js";
import { shownSegment } from "../management/shown-segment.js";

const item = z.record(z.string(), z.unknown()).nullable();
const matching = z.record(z.string(), z.boolean());
const interval = z.tuple([z.int(), z.int()]);
const answer = z.union([
  z.object({ enabled: z.boolean() }),
  z.object({ variant: z.string(), attachment: z.unknown().optional() }),
  z.null(),
]);

export const itemChangeSchema = z.object({
  namespace: z.string(),
  type: z.enum(["namespace", "flag", "segment"]),
  key: z.string(),
  before: item,
  after: item,
});

const definition = z.object({
  flag: z.record(z.string(), z.unknown()),
  segments: z.array(z.record(z.string(), z.unknown())),
});

export const affectedSchema = z.object({
  namespace: z.string(),
  flag: z.string(),
  share: z
    .number()
    .describe("The largest part of those in the same segments whose answer changes: of everybody it is at most this."),
  least: z.number().describe("The smallest such part: of everybody it is at least this."),
  exact: z.boolean().describe("False: there were too many combinations to list regions, or some may be impossible."),
  regions: z.array(
    z.object({
      when: z.string(),
      segments: matching,
      segmentsBefore: matching.optional().describe("Segments as `base` defines them, where `head` has them otherwise."),
      bucket: interval.describe("From the first bucket to before the second."),
      grid: z.int().describe("Buckets there are."),
      bucketBefore: z.object({ bucket: interval, grid: z.int() }).optional(),
      entities: z
        .array(z.string())
        .optional()
        .describe("The entities it is about, where only named ones can be there."),
      share: z.number().describe("Part of everybody whose segments are as said."),
      before: answer,
      after: answer,
      example: z.object({ entityId: z.string().optional(), context: z.record(z.string(), z.string()) }).optional(),
    }),
  ),
  definitions: z
    .object({ before: definition.nullable(), after: definition.nullable() })
    .optional()
    .describe("The flag with the segments that count for it, where they are asked for."),
});

/** A comparison of two revisions as answers have it. */
export const comparisonSchema = z.object({
  base: z.string(),
  head: z.string(),
  changes: z.array(itemChangeSchema),
  affected: z.array(affectedSchema),
});

export type ShownComparison = z.input<typeof comparisonSchema>;
export type ShownChange = z.input<typeof itemChangeSchema>;
export type ShownDefinition = z.input<typeof definition>;
export type ShownAffected = z.input<typeof affectedSchema>;

/** A comparison as answers and commands show it. */
export function shownComparison(base: string, head: string, { changes, affected }: Comparison): ShownComparison {
  return { base, head, changes: changes.map(shownChange), affected: affected.map(shownAffected) };
}

export function shownChange(change: ItemChange): ShownChange {
  const { namespace, type, key } = change;
  return { namespace, type, key, before: payload(change, "before"), after: payload(change, "after") };
}

function payload(change: ItemChange, side: "before" | "after"): ShownChange["before"] {
  if (change.type === "flag") return change[side] === undefined ? null : { ...shownFlag(change[side]) };
  if (change.type === "segment") return change[side] === undefined ? null : { ...shownSegment(change[side]) };
  return change[side] === undefined ? null : { "@type": "flipt.core.Namespace", ...change[side] };
}

/** A flag with its segments, for whoever evaluates it himself. */
export function shownDefinition(places: FlagPlaces | undefined): ShownDefinition | null {
  if (places === undefined) return null;
  const segments = places.definitions.map((segment) => ({ ...shownSegment(segment) }));
  return { flag: { ...shownFlag(places.written) }, segments };
}

export function shownAffected(found: AffectedFlag & { readonly namespace: string }): ShownAffected {
  const { namespace, flag, share, least, exact, regions } = found;
  return { namespace, flag, share, least, exact, regions: regions.map(shownRegion) };
}

function shownRegion(region: Region): ShownAffected["regions"][number] {
  const { bucket, bucketBefore, entities, ...rest } = region;
  return {
    ...rest,
    bucket: [...bucket],
    ...(bucketBefore === undefined
      ? {}
      : { bucketBefore: { bucket: [...bucketBefore.bucket], grid: bucketBefore.grid } }),
    ...(entities === undefined ? {} : { entities: [...entities] }),
  };
}
