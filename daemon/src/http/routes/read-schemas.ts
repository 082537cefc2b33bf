import { z } from "zod";
import { pastSchema, revisionSchema } from "../past/named-state.js";
import { messageSchema } from "../request-schemas.js";

const REASONS = [
  "UNKNOWN_EVALUATION_REASON",
  "FLAG_DISABLED_EVALUATION_REASON",
  "MATCH_EVALUATION_REASON",
  "DEFAULT_EVALUATION_REASON",
] as const;

const evaluated = (flagKey: z.ZodType): z.ZodRawShape => ({
  requestId: z.string(),
  environmentKey: z.string(),
  namespaceKey: z.string(),
  flagKey,
  entityId: z.string(),
  context: z.record(z.string(), z.string().nullable()),
  reference: z.string(),
});

export const evaluationRequest = (flagKey: z.ZodType): z.ZodType =>
  messageSchema({ ...evaluated(flagKey), at: revisionSchema });

export const batchItem = messageSchema(evaluated(z.string()));

// PHP writes a list as an object keyed by index.
export const batchItems = z.union([z.array(batchItem), z.strictObject({ 0: batchItem.optional() })]);

/** An evaluation, or with `requests` a batch of them. */
export const explainRequest = messageSchema({ ...evaluated(z.string()), at: revisionSchema, requests: batchItems });

const timing = {
  reason: z.enum(REASONS),
  requestId: z.string(),
  requestDurationMillis: z.number(),
  timestamp: z.iso.datetime(),
  flagKey: z.string(),
  segmentKeys: z.array(z.string()),
};

export const booleanResult = z.object({ enabled: z.boolean(), ...timing });
export const booleanResponse = booleanResult.extend(pastSchema);

export const variantResult = z.object({
  match: z.boolean(),
  variantKey: z.string(),
  variantAttachment: z.string(),
  ...timing,
});
export const variantResponse = variantResult.extend(pastSchema);

/** An item of a batch that could not be answered. */
export const errorItem = z.object({
  type: z.literal("ERROR_EVALUATION_RESPONSE_TYPE"),
  errorResponse: z.object({
    flagKey: z.string(),
    namespaceKey: z.string(),
    reason: z.enum(["NOT_FOUND_ERROR_EVALUATION_REASON", "UNKNOWN_ERROR_EVALUATION_REASON"]),
  }),
});

export const batchResponse = z.object({
  requestId: z.string(),
  responses: z.array(
    z.union([
      z.object({ type: z.literal("BOOLEAN_EVALUATION_RESPONSE_TYPE"), booleanResponse: booleanResult }),
      z.object({ type: z.literal("VARIANT_EVALUATION_RESPONSE_TYPE"), variantResponse: variantResult }),
      errorItem,
    ]),
  ),
  requestDurationMillis: z.number(),
  ...pastSchema,
});

const operator = z.enum(["OR_SEGMENT_OPERATOR", "AND_SEGMENT_OPERATOR"]);

const snapshotSegment = z.object({
  key: z.string(),
  name: z.literal(""),
  description: z.literal(""),
  matchType: z.enum(["ALL_SEGMENT_MATCH_TYPE", "ANY_SEGMENT_MATCH_TYPE"]),
  constraints: z.array(z.object({ type: z.string(), property: z.string(), operator: z.string(), value: z.string() })),
});

const rollout = z.object({
  type: z.enum(["SEGMENT_ROLLOUT_TYPE", "THRESHOLD_ROLLOUT_TYPE", "UNKNOWN_ROLLOUT_TYPE"]),
  rank: z.int(),
  segment: z.object({ value: z.boolean(), segmentOperator: operator, segments: z.array(snapshotSegment) }).optional(),
  threshold: z.object({ percentage: z.number(), value: z.boolean() }).optional(),
});

export const snapshot = z.object({
  namespace: z.object({ key: z.string() }),
  flags: z.array(
    z.object({
      key: z.string(),
      name: z.literal(""),
      description: z.literal(""),
      enabled: z.boolean(),
      type: z.enum(["VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE"]),
      createdAt: z.iso.datetime(),
      updatedAt: z.iso.datetime(),
      rules: z.array(
        z.object({
          id: z.string(),
          segments: z.array(snapshotSegment),
          rank: z.int(),
          segmentOperator: operator,
          distributions: z.array(
            z.object({
              ruleId: z.string(),
              variantKey: z.string(),
              variantAttachment: z.string(),
              rollout: z.number(),
            }),
          ),
        }),
      ),
      rollouts: z.array(rollout),
      defaultVariant: z.object({ id: z.string(), key: z.string(), attachment: z.string() }).optional(),
    }),
  ),
  digest: z.string(),
  ...pastSchema,
});

export const ofrepFlag = z.object({
  key: z.string(),
  reason: z.enum(["TARGETING_MATCH", "DEFAULT", "DISABLED", "UNKNOWN"]),
  variant: z.string(),
  metadata: z.object({ attachment: z.string().optional(), segments: z.string().optional() }).optional(),
  value: z.union([z.boolean(), z.string()]),
});

export const ofrepBulk = z.object({
  flags: z.array(ofrepFlag),
  eventStreams: z.array(z.object({ type: z.literal("sse"), endpoint: z.object({ requestUri: z.string() }) })),
});

export const context = z.record(z.string(), z.unknown());
export const ofrepRequest = messageSchema({ context });
export const ofrepBulkRequest = messageSchema({
  context: context.and(
    z.object({
      flags: z
        .string()
        .regex(/^[^,]+(,[^,]+)*$/)
        .optional(),
    }),
  ),
});
