import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

const SAFE = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** The request's own id, if it has one that is safe to repeat in headers and logs. */
export function givenRequestId(request: IncomingMessage): string | undefined {
  const id = request.headers["x-request-id"];
  return typeof id === "string" && SAFE.test(id) ? id : undefined;
}

/** The request's id, its own or a new one, which the answer carries too. */
export function requestId(request: IncomingMessage, response: ServerResponse): string {
  const id = givenRequestId(request) ?? randomUUID();
  response.setHeader("x-request-id", id);
  return id;
}
