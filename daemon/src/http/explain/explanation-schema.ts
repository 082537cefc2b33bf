import { z } from "zod";
import { booleanResult, variantResult } from "../routes/read-schemas.js";

/** Where something is written, and who changed its lines last: what is not known is left out. */
export const sourceSchema = z.object({
  file: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
  commit: z.string().optional(),
  author: z.string().optional(),
  email: z.string().optional(),
  time: z.iso.datetime().optional(),
});

const constraint = z.object({
  type: z.enum([
    "STRING_COMPARISON_TYPE",
    "NUMBER_COMPARISON_TYPE",
    "BOOLEAN_COMPARISON_TYPE",
    "DATETIME_COMPARISON_TYPE",
    "ENTITY_ID_COMPARISON_TYPE",
  ]),
  property: z.string(),
  operator: z.string(),
  expected: z.string(),
  seen: z.string().nullable(),
  match: z.boolean(),
  reason: z.string().optional(),
});

const segment = z.object({
  key: z.string(),
  match: z.boolean(),
  matchType: z.enum(["ALL_MATCH_TYPE", "ANY_MATCH_TYPE"]),
  constraints: z.array(constraint),
  source: sourceSchema.optional(),
});

const step = z.object({
  kind: z.enum(["flag", "rule", "rollout", "default"]),
  rank: z.int().optional(),
  outcome: z.enum(["match", "no-match", "skipped"]),
  reason: z.string().optional(),
  enabled: z.boolean().optional(),
  segmentOperator: z.enum(["OR_SEGMENT_OPERATOR", "AND_SEGMENT_OPERATOR"]).optional(),
  segments: z.array(segment).optional(),
  ignored: z.array(z.string()).optional(),
  bucket: z.int().optional(),
  intervals: z
    .array(z.object({ from: z.int(), to: z.int(), value: z.string(), hit: z.literal(true).optional() }))
    .optional(),
  value: z.string().optional(),
  source: sourceSchema,
});

/** How an answer came about. */
export const stepsSchema = z.object({
  steps: z.array(step),
  closest: z.object({ change: z.record(z.string(), z.string()), gives: z.string() }).optional(),
});

/** An evaluation and how it came about. */
export const explanationSchema = z.object({
  evaluation: z.union([booleanResult, variantResult]),
  revision: z.string(),
  at: z.object({
    kind: z.enum(["revision", "served", "commit-time"]),
    time: z.iso.datetime().optional(),
    daemon: z.string().optional(),
  }),
  ...stepsSchema.shape,
});
