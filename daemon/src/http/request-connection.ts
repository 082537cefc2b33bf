import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";

/** Connection that a request came by. By HTTP/2 each has a socket of its own that only looks like one. */
export function requestConnection(request: IncomingMessage): object | undefined {
  if (request.httpVersionMajor === 1) return request.socket;
  return (request as IncomingMessage & Partial<Pick<Http2ServerRequest, "stream">>).stream?.session;
}
