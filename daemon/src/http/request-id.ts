import type { IncomingMessage, ServerResponse } from "node:http";
import {
  CORRELATION_ID,
  givenCorrelationId,
  givenRequestId,
  REQUEST_ID,
  type RequestIds,
  requestIds,
} from "../request-ids.js";

/** The ids of a request, which the answer carries too. */
export function answeredIds({ headers }: IncomingMessage, response: ServerResponse): RequestIds {
  const ids = requestIds(headers);
  repeatGivenIds(headers, response);
  return ids;
}

/** Puts ids into the answer that the request has; it costs nothing where it has none. */
export function repeatGivenIds(headers: IncomingMessage["headers"], response: ServerResponse): void {
  if (headers[REQUEST_ID] === undefined && headers[CORRELATION_ID] === undefined) return;
  // What fails after it was answered is only logged.
  if (response.headersSent || response.destroyed) return;
  const request = givenRequestId(headers);
  const correlation = givenCorrelationId(headers);
  if (request !== undefined) response.setHeader(REQUEST_ID, request);
  if (correlation !== undefined) response.setHeader(CORRELATION_ID, correlation);
}
