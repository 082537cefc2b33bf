import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import { VexilError } from "@vexil/core/serving";
import type { Onward } from "../http/edge/cold-entry.js";
import { sendProblem } from "../http/send-problem.js";

/** Headers of one connection, not of the request (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "expect",
]);

/** Hands requests to the process that owns writes and status, and its answers back. */
export function forwardTo(socketPath: string): Onward {
  const agentOf = (): Agent => new Agent({ keepAlive: true, maxSockets: 256, scheduling: "lifo" });
  // Writes wait for remotes: reads do not wait for them.
  const [reads, writes] = [agentOf(), agentOf()];
  return (request, response, body) => {
    let answered = false;
    const onward = httpRequest(
      {
        socketPath,
        agent: request.method === "GET" ? reads : writes,
        method: request.method ?? "GET",
        path: request.url ?? "/",
        headers: onwardHeaders(request, body),
        setHost: false,
      },
      (answer) => {
        answered = true;
        for (const [name, value] of Object.entries(answer.headers)) {
          if (value === undefined || HOP_BY_HOP.has(name)) continue;
          // CORS has said on what the answer varies already.
          if (name === "vary") response.appendHeader(name, value);
          else response.setHeader(name, value);
        }
        response.writeHead(answer.statusCode ?? 502);
        answer.on("error", () => response.destroy()).pipe(response);
      },
    );
    onward.on("error", () => answered || refuse(request, response));
    // A client that goes away takes its request along.
    response.once("close", () => onward.destroy());
    onward.end(body);
  };
}

function onwardHeaders(request: IncomingMessage, body: Buffer): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) headers[name] = value;
  }
  // HTTP/1.0 needs none, and this request is 1.1.
  headers.host ??= "localhost";
  delete headers["content-length"];
  if (body.length > 0) headers["content-length"] = body.length;
  return headers;
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = "the daemon is stopping or restarting; try again";
  sendProblem(request, response, new VexilError("VEXIL_UNAVAILABLE_DRAINING", text));
}
