import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Names of a request in answers and in log lines. */
export interface RequestIds {
  /** Of this request alone: its own `X-Request-ID`, or one that is made here. */
  readonly requestId: string;
  /** Of what the caller does with it and others: its `X-Correlation-ID`, else that of the request. */
  readonly correlationId: string;
  /** Of the trace that the caller's `traceparent` (W3C) names. */
  readonly traceId?: string | undefined;
}

/** Headers, as Node names them. */
export const REQUEST_ID = "x-request-id";
export const CORRELATION_ID = "x-correlation-id";
/** Safe to repeat in headers, commits and logs. */
const SAFE = /^[A-Za-z0-9._:/+=@-]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/** The request's own id, if it is safe to repeat. */
export function givenRequestId(headers: IncomingHttpHeaders): string | undefined {
  return safe(headers[REQUEST_ID]);
}

/** The id of a caller's work, if it is safe to repeat. */
export function givenCorrelationId(headers: IncomingHttpHeaders): string | undefined {
  return safe(headers[CORRELATION_ID]);
}

/** The ids of a request. One that is made stays in its headers, so that whoever else asks is told the same. */
export function requestIds(headers: IncomingHttpHeaders): RequestIds {
  const given = givenRequestId(headers);
  const requestId = given ?? randomUUID();
  if (given === undefined) headers[REQUEST_ID] = requestId;
  const { traceparent } = headers;
  const traceId = typeof traceparent === "string" ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return { requestId, correlationId: givenCorrelationId(headers) ?? requestId, ...(traceId && { traceId }) };
}

/** Fields of a log line that a request has caused. */
export function idFields(ids: RequestIds | undefined): Readonly<Record<string, string>> {
  if (ids === undefined) return {};
  const { requestId, correlationId, traceId } = ids;
  return { request_id: requestId, correlation_id: correlationId, ...(traceId !== undefined && { trace_id: traceId }) };
}

function safe(id: string | readonly string[] | undefined): string | undefined {
  return typeof id === "string" && SAFE.test(id) ? id : undefined;
}
