import { z } from "zod";
import { keyOf, messageSchema } from "../request-schemas.js";
import type { RouteDescription } from "../route.js";
import { eventErrorSchema, streamErrorSchema } from "./error-schemas.js";
import { healthRoutes } from "./health.js";

const REASONS = [
  "UNKNOWN_EVALUATION_REASON",
  "FLAG_DISABLED_EVALUATION_REASON",
  "MATCH_EVALUATION_REASON",
  "DEFAULT_EVALUATION_REASON",
] as const;

const evaluationRequest = (flagKey: z.ZodType): z.ZodType =>
  messageSchema({
    requestId: z.string(),
    environmentKey: z.string(),
    namespaceKey: z.string(),
    flagKey,
    entityId: z.string(),
    context: z.record(z.string(), z.string().nullable()),
    reference: z.string(),
  });

const batchItem = evaluationRequest(z.string());

const timing = {
  reason: z.enum(REASONS),
  requestId: z.string(),
  requestDurationMillis: z.number(),
  timestamp: z.iso.datetime(),
  flagKey: z.string(),
  segmentKeys: z.array(z.string()),
};

const booleanResponse = z.object({ enabled: z.boolean(), ...timing });

const variantResponse = z.object({
  match: z.boolean(),
  variantKey: z.string(),
  variantAttachment: z.string(),
  ...timing,
});

const batchResponse = z.object({
  requestId: z.string(),
  responses: z.array(
    z.union([
      z.object({ type: z.literal("BOOLEAN_EVALUATION_RESPONSE_TYPE"), booleanResponse }),
      z.object({ type: z.literal("VARIANT_EVALUATION_RESPONSE_TYPE"), variantResponse }),
      z.object({
        type: z.literal("ERROR_EVALUATION_RESPONSE_TYPE"),
        errorResponse: z.object({
          flagKey: z.string(),
          namespaceKey: z.string(),
          reason: z.enum(["NOT_FOUND_ERROR_EVALUATION_REASON", "UNKNOWN_ERROR_EVALUATION_REASON"]),
        }),
      }),
    ]),
  ),
  requestDurationMillis: z.number(),
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

const snapshot = z.object({
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
});

const ofrepFlag = z.object({
  key: z.string(),
  reason: z.enum(["TARGETING_MATCH", "DEFAULT", "DISABLED", "UNKNOWN"]),
  variant: z.string(),
  metadata: z.object({ attachment: z.string().optional(), segments: z.string().optional() }).optional(),
  value: z.union([z.boolean(), z.string()]),
});

const ofrepBulk = z.object({
  flags: z.array(ofrepFlag),
  eventStreams: z.array(z.object({ type: z.literal("sse"), endpoint: z.object({ requestUri: z.string() }) })),
});

const context = z.record(z.string(), z.unknown());
const ofrepRequest = messageSchema({ context });
const ofrepBulkRequest = messageSchema({
  context: context.and(
    z.object({
      flags: z
        .string()
        .regex(/^[^,]+(,[^,]+)*$/)
        .optional(),
    }),
  ),
});

const digestHeader = { Etag: "The digest, without quotes." };
const bulkHeader = { Etag: "Changes with the values." };
const unchanged = "Unchanged: the request's `If-None-Match` is the `Etag`.";
const snapshotAnswers = {
  200: { description: "The namespace's state.", headers: digestHeader, schema: snapshot },
  304: { description: unchanged, headers: digestHeader },
};
const events = {
  type: "text/event-stream",
  items: z.union([z.object({ etag: z.string(), type: z.literal("refetchEvaluation") }), eventErrorSchema]),
};
const lines = { type: "application/json", items: z.union([z.object({ result: snapshot }), streamErrorSchema]) };

const acceptsEvents = {
  description: "Events; anything else is answered with lines.",
  schema: z.literal("text/event-stream"),
};

const evaluation = (type: "boolean" | "variant", schema: z.ZodType): RouteDescription => ({
  method: "POST",
  path: `/evaluate/v1/${type}`,
  summary: `Evaluates a ${type} flag.`,
  access: "evaluation",
  action: "evaluate",
  body: evaluationRequest(keyOf(`${type}-flag-key`)),
  answers: { 200: { description: "The result.", schema } },
});

/**
 * Routes answered where requests arrive, reads and probes: for the description and for telling wrong methods, their
 * handlers are not run from here.
 */
export const readRoutes: readonly RouteDescription[] = [
  ...healthRoutes,
  evaluation("boolean", booleanResponse),
  evaluation("variant", variantResponse),
  {
    method: "POST",
    path: "/evaluate/v1/batch",
    summary: "Evaluates several flags of any type.",
    access: "evaluation",
    action: "evaluate",
    body: messageSchema({
      requestId: z.string(),
      // PHP writes a list as an object keyed by index.
      requests: z.union([z.array(batchItem), z.strictObject({ 0: batchItem.optional() })]),
      reference: z.string(),
    }),
    answers: { 200: { description: "The results in the order of the requests.", schema: batchResponse } },
  },
  {
    method: "GET",
    path: "/client/v2/environments/{environment}/namespaces/{namespace}/snapshot",
    summary: "The state of a namespace, for clients that evaluate by themselves.",
    access: "evaluation",
    action: "evaluate",
    answers: snapshotAnswers,
  },
  {
    method: "GET",
    path: "/internal/v1/evaluation/snapshot/namespace/{namespace}",
    summary: "The same under the path of older clients.",
    access: "evaluation",
    action: "evaluate",
    query: { environmentKey: "Environment; absent: the default one.", reference: "Ignored." },
    answers: snapshotAnswers,
  },
  {
    method: "GET",
    path: "/client/v2/environments/{environment}/namespaces/{namespace}/stream",
    summary: "Sends a namespace's state now and after every change: one JSON object a line, or server-sent events.",
    access: "evaluation",
    action: "evaluate",
    query: {
      digest: {
        description: "The digest the client has already.",
        schema: z.string().regex(/^([0-9a-f]{32}|[0-9a-f]{40})?$/),
      },
    },
    headers: { Accept: acceptsEvents },
    answers: { 200: { description: "An endless stream of lines, or of events.", contents: [lines, events] } },
  },
  {
    method: "POST",
    path: "/ofrep/v1/evaluate/flags/{key}",
    summary: "Evaluates one flag (OpenFeature remote evaluation protocol).",
    access: "ofrep",
    action: "evaluate",
    body: ofrepRequest,
    answers: { 200: { description: "The result.", schema: ofrepFlag } },
  },
  {
    method: "POST",
    path: "/ofrep/v1/evaluate/flags",
    summary: "Evaluates all flags, or those that the context's `flags` names.",
    access: "ofrep",
    action: "evaluate",
    body: ofrepBulkRequest,
    answers: {
      200: { description: "The results.", headers: bulkHeader, schema: ofrepBulk },
      304: { description: unchanged, headers: bulkHeader },
    },
  },
  {
    method: "GET",
    path: "/ofrep/v1/_stream/{environment}/{namespace}/events",
    summary: "Tells OFREP clients when to evaluate again.",
    access: "ofrep",
    action: "evaluate",
    headers: { Accept: { ...acceptsEvents, description: "An event stream is all there is.", required: true } },
    answers: {
      200: { description: "An endless stream of events.", contents: [events] },
      406: { description: "`Accept` does not ask for an event stream.", contents: [{ type: "text/plain" }] },
    },
  },
];
