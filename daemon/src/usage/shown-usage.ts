import type { NamespaceSnapshot } from "@vexil/flags/compile/snapshot";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { z } from "zod";
import { hourOf } from "./hour-counts.js";
import { metadataReasons, STALE_REASONS, type StaleReason, usageReasons } from "./stale-flag.js";
import type { UsageReader } from "./usage-reader.js";

const DAY_MS = 86_400_000;

/** Of one flag: the counts are those of the last `days`. */
export const flagUsageSchema = z.object({
  key: z.string(),
  type: z.enum(["VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE"]),
  enabled: z.boolean(),
  countedSince: z.iso.datetime().optional().describe("Since when its evaluations are counted."),
  lastEvaluated: z.iso.datetime().optional(),
  evaluations: z.int(),
  answers: z.array(
    z.object({
      value: z.string().describe("A variant's key, empty where none was given; `true` or `false`."),
      reason: z.string(),
      match: z.boolean(),
      count: z.int(),
    }),
  ),
  stale: z
    .array(z.enum(Object.keys(STALE_REASONS) as [StaleReason, ...StaleReason[]]))
    .describe("Why somebody should look at it."),
});

export type ShownFlagUsage = z.input<typeof flagUsageSchema>;

export const usageSchema = z.object({
  environment: z.string(),
  namespace: z.string(),
  days: z.int(),
  retentionSeconds: z.number(),
  incomplete: z
    .literal(true)
    .optional()
    .describe("More different answers were given than are counted (100,000 of all flags): some are missing."),
  flags: z.array(flagUsageSchema),
});

export type ShownUsage = z.input<typeof usageSchema>;

/** The use of the flags of a namespace, sorted by key. */
export function shownUsage(
  usage: UsageReader,
  environment: string,
  namespace: Pick<NamespaceSnapshot, "key" | "flags" | "sortedKeys">,
  days: number,
): ShownUsage {
  const flags = namespace.sortedKeys.map((key) =>
    shownFlag(usage, [environment, namespace.key], namespace.flags.get(key) as CompiledFlag, days),
  );
  const retentionSeconds = (usage.now - usage.oldest) / 1000;
  const incomplete = usage.isFull ? { incomplete: true as const } : {};
  return { environment, namespace: namespace.key, days, retentionSeconds, ...incomplete, flags };
}

function shownFlag(
  usage: UsageReader,
  [environment, namespace]: readonly [string, string],
  flag: CompiledFlag,
  days: number,
): ShownFlagUsage {
  const { now, oldest } = usage;
  const known = usage.of([environment, namespace, flag.key]);
  const [from, to] = [hourOf(Math.max(oldest, now - days * DAY_MS)), hourOf(now)];
  const answers = (known?.answers ?? [])
    .map(({ value, reason, counts }) => ({
      value,
      reason,
      match: reason === "MATCH_EVALUATION_REASON",
      count: counts.sum(from, to),
    }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  return {
    key: flag.key,
    type: flag.type,
    enabled: flag.enabled,
    ...(known && { countedSince: new Date(known.first).toISOString() }),
    ...(known?.last !== undefined && { lastEvaluated: new Date(Math.min(known.last, now)).toISOString() }),
    evaluations: answers.reduce((sum, { count }) => sum + count, 0),
    answers,
    stale: [...usageReasons(flag, known, { now, oldest, days }), ...metadataReasons(flag, now)],
  };
}
