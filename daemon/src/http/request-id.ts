import type { IncomingMessage, ServerResponse } from "node:http";
import { givenCorrelationId, givenRequestId, type RequestIds, requestIds } from "../request-ids.js";

/** The ids of a request, which the answer carries too. */
export function answeredIds({ headers }: IncomingMessage, response: ServerResponse): RequestIds {
  const ids = requestIds(headers);
  repeatGivenIds(headers, response);
  return ids;
}

/** Puts ids into the answer that the request has; it costs nothing where it has none. */
export function repeatGivenIds(headers: IncomingMessage["headers"], response: ServerResponse): void {
  const [request, correlation] = [givenRequestId(headers), givenCorrelationId(headers)];
  if (request === undefined && correlation === undefined) return;
  // What fails after it was answered is only logged.
  if (response.headersSent || response.destroyed) return;
  if (request !== undefined) response.setHeader("x-request-id", request);
  if (correlation !== undefined) response.setHeader("x-correlation-id", correlation);
}
