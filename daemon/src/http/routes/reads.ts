import { z } from "zod";
import { AT_QUERY, revisionSchema } from "../past/named-state.js";
import { keyOf, messageSchema } from "../request-schemas.js";
import type { RouteDescription } from "../route.js";
import { eventErrorSchema, streamErrorSchema } from "./error-schemas.js";
import { healthRoutes } from "./health.js";
import {
  batchItems,
  batchResponse,
  booleanResponse,
  evaluationRequest,
  ofrepBulk,
  ofrepBulkRequest,
  ofrepFlag,
  ofrepRequest,
  snapshot,
  variantResponse,
} from "./read-schemas.js";

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
      requests: batchItems,
      reference: z.string(),
      at: revisionSchema,
    }),
    answers: { 200: { description: "The results in the order of the requests.", schema: batchResponse } },
  },
  {
    method: "GET",
    path: "/client/v2/environments/{environment}/namespaces/{namespace}/snapshot",
    summary: "The state of a namespace, for clients that evaluate by themselves.",
    access: "evaluation",
    action: "evaluate",
    query: AT_QUERY,
    answers: snapshotAnswers,
  },
  {
    method: "GET",
    path: "/internal/v1/evaluation/snapshot/namespace/{namespace}",
    summary: "The same under the path of older clients.",
    access: "evaluation",
    action: "evaluate",
    query: { environmentKey: "Environment; absent: the default one.", reference: "Ignored.", ...AT_QUERY },
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
