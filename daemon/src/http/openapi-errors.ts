import { z } from "zod";
import { isAdminPath } from "./request-target.js";
import type { RouteDescription } from "./route.js";
import { eventErrorSchema, streamErrorSchema } from "./routes/error-schemas.js";

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: "The request is malformed, or asks for what cannot be.",
  401: "There is no credential, or none that is known.",
  403: "Refused: the caller has no right to it; a page of another origin asks, or by a name that is not the daemon's; a storage is read-only, or its remote does not take the change; or the daemon is an edge, and changes are made at its upstream.",
  404: "What the request names does not exist.",
  409: "It exists already, or has changed since the revision that was given.",
  413: "The request body, or what it asks for at once, is too large.",
  422: "Tests beside the flags, which are enforced, would fail: `details` has them. Nothing was changed.",
  429: "The client has, or asks for, too much at once; `Retry-After` tells when to come again.",
  500: "A defect; the log has more under the request's id.",
  501: "Not available here.",
  502: "The daemon is an edge, and its upstream cannot be reached: nothing was changed.",
  504: "The daemon is an edge, and its upstream has not answered: nobody knows whether it has made the change.",
  508: "The daemon is an edge, and forwards what it is asked to itself: nothing was changed.",
  503: "The daemon is stopping, or a storage or its remote cannot be used now.",
};

/** The errors that a route may answer, by status. */
export function errorResponses(route: RouteDescription): Record<string, unknown> {
  const content = errorContent(route);
  return Object.fromEntries(
    [...statusesOf(route)]
      .sort((a, b) => a - b)
      .map((status) => [status, { description: DESCRIPTIONS[status], ...headersOf(route, status), content }]),
  );
}

function statusesOf({ method, path, access, action, query, errors = [] }: RouteDescription): ReadonlySet<number> {
  const statuses = new Set([429, 500, 503, ...errors]);
  // Whose name a request was sent to does not matter to probes, nor to who proves itself by the call.
  if (!path.startsWith("/health") && access !== "forge") statuses.add(403);
  // They may be answered elsewhere (`server.admin`).
  if (isAdminPath(path)) statuses.add(404);
  const isWrite = path.startsWith("/api/v2/") && method !== "GET";
  if (method !== "GET") statuses.add(413);
  if (method !== "GET" || query !== undefined || path.includes("{")) statuses.add(400);
  if (access !== "open") statuses.add(401);
  // Whatever reads flags may be asked for an environment by a header.
  if (path.includes("{") || access === "evaluation" || access === "ofrep") statuses.add(404);
  if (isWrite) statuses.add(409);
  if (isWrite && (action === "write" || action === "rollback" || action === "branch")) {
    for (const status of [502, 504, 508]) statuses.add(status);
  }
  if (isWrite && (action === "write" || action === "rollback")) statuses.add(422);
  return statuses;
}

function headersOf(route: RouteDescription, status: number): object {
  if (status === 429) return { headers: { "Retry-After": { required: true, schema: { type: "string" } } } };
  const withoutChallenge = route.access === "ofrep" || route.path.endsWith("/stream");
  if (status !== 401 || withoutChallenge) return {};
  return { headers: { "WWW-Authenticate": { required: true, schema: { type: "string" } } } };
}

function errorContent({ path }: RouteDescription): Record<string, unknown> {
  const events = { "text/event-stream": { schema: eventSchema(eventErrorSchema) } };
  if (path.startsWith("/ofrep/") && path.endsWith("/events")) return events;
  if (path.endsWith("/stream")) {
    const lines = { type: "string", contentSchema: inline(streamErrorSchema) };
    return { "application/json": { schema: lines }, ...events };
  }
  const name = path.startsWith("/ofrep/") ? "OfrepError" : "Error";
  return { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } };
}

/** One server-sent event, its data a JSON text. */
export function eventSchema(data: z.ZodType): Record<string, unknown> {
  return {
    type: "object",
    properties: {
      id: { type: "string" },
      data: { type: "string", contentMediaType: "application/json", contentSchema: inline(data) },
    },
    required: ["data"],
  };
}

function inline(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return rest;
}
