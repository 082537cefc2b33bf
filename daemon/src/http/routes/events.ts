import { z } from "zod";
import { cursorSchema, EVENT_QUERY } from "../events/event-query.js";
import type { LazyEventStreams } from "../events/lazy-event-streams.js";
import type { Route } from "../route.js";
import { eventErrorSchema } from "./error-schemas.js";

const head = {
  version: z.literal(1),
  id: z.string().regex(/^[\w-]{22}$/),
  time: z.iso.datetime(),
  storage: z.string(),
};
const commit = {
  ...head,
  environment: z.string(),
  revision: z.string(),
  previous: z.string().optional(),
  origin: z.enum(["push", "api", "rollback", "rewritten"]),
  actor: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  subject: z.string(),
  request: z.string().optional(),
  correlation: z.string().optional(),
  namespace: z.string(),
};
const fault = z.object({ reason: z.string(), line: z.int().optional(), column: z.int().optional() });
const state = z.enum(["ready", "stale", "failed"]);
const eventSchema = z.union([
  z.object({
    ...commit,
    kind: z.literal("change"),
    type: z.enum(["flag", "segment", "namespace"]),
    key: z.string(),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
  }),
  z.object({
    ...commit,
    kind: z.literal("quarantine"),
    file: z.string(),
    before: fault.optional(),
    after: fault.optional(),
  }),
  z.object({
    ...head,
    kind: z.literal("gap"),
    environment: z.string(),
    revision: z.string(),
    previous: z.string().optional(),
    reason: z.string(),
  }),
  z.object({
    ...head,
    kind: z.literal("storage"),
    before: state,
    after: state,
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  }),
]);
/** Of a stream that tells heads; an event that is called `head`. */
const headSchema = z.object({ environment: z.string(), storage: z.string().optional(), revision: z.string() });
/** The last word of a stream, as an event that is called `end`. */
const endSchema = z.object({ type: z.literal("caught-up") });

/** The events that sinks get, as a stream for pages and scripts. */
export function eventsRoute(streams: LazyEventStreams): Route {
  return {
    method: "GET",
    path: "/api/v2/events",
    summary: "Vexil extension. Tells what changes: the events that sinks get, as server-sent events, resumable.",
    access: "token",
    action: "read",
    // Events are judged one by one.
    place: "answer",
    ownPages: true,
    query: EVENT_QUERY,
    headers: {
      "Last-Event-ID": {
        description: "The `id` of the last event of a stream before: it goes on after that one.",
        schema: cursorSchema,
      },
    },
    errors: [400, 404],
    answers: {
      200: {
        description:
          "An endless stream of events. Each is told at least once, with the same member `id` whenever it is told.",
        contents: [
          { type: "text/event-stream", items: z.union([eventSchema, headSchema, endSchema, eventErrorSchema]) },
        ],
      },
    },
    handle: (request) => streams.answer(request),
  };
}
