import {
  Agent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import { VexilError } from "@vexil/plugin-api/errors";
import type { ColdHandler } from "../http/cold-handler.js";
import { forwardingHeaders } from "../http/forwarded-request.js";
import type { ClientLimits } from "../http/limits/client-limits.js";
import type { UnreadAnswers } from "../http/limits/unread-answers.js";
import { isGitPath, requestTarget } from "../http/request-target.js";
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

/** Of reads, of writes, and of logins. */
const MAX_SOCKETS = 256;
/** Logins and their ends, where the provider is asked. */
const LOGINS = "/auth/v1/method/";
/** Answers without end: there are as many as streams may be open. */
const EVENTS = "/api/v2/events";

/**
 * Forwards requests to the process that owns writes and status, and its answers back. An answer is taken whole: a client
 * that does not read keeps no connection to that process busy. Streams have connections of their own.
 * @param limits where large answers count until their clients have read them, and who clients are
 * @param key by which that process knows its workers
 */
export function forwardTo(
  socketPath: string,
  { answers: unread, addresses }: Pick<ClientLimits, "answers" | "addresses">,
  maxSockets = MAX_SOCKETS,
  key = "",
): ColdHandler {
  const agentOf = (): Agent => new Agent({ keepAlive: true, maxSockets, scheduling: "lifo" });
  // Writes wait for remotes, and logins for providers: reads wait for neither.
  const [reads, writes, logins] = [agentOf(), agentOf(), agentOf()];
  const streams = new Agent();
  const agentFor = ({ method, url = "/" }: IncomingMessage): Agent => {
    // Decoded, as that process reads it.
    const path = requestTarget(url)?.path;
    if (path?.startsWith(LOGINS) === true) return logins;
    if (path === EVENTS || (path !== undefined && isGitPath(path))) return streams;
    return method === "GET" ? reads : writes;
  };
  return (request, response, body) => {
    let answered = false;
    const forwarded = httpRequest(
      {
        socketPath,
        agent: agentFor(request),
        method: request.method ?? "GET",
        path: request.url ?? "/",
        headers: { ...forwardedHeaders(request, body), ...forwardingHeaders(request, addresses.of(request), key) },
        setHost: false,
      },
      (answer) => {
        answered = true;
        if (isStream(answer.headers["content-type"])) {
          passOn(response, answer);
          return;
        }
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => deliver(request, response, answer, Buffer.concat(chunks), unread));
        answer.on("error", () => response.destroy());
      },
    );
    forwarded.on("error", () => answered || refuse(request, response, stopping()));
    // A client that goes away takes its request along.
    response.once("close", () => forwarded.destroy());
    forwarded.end(body);
  };
}

/** Answers without end, and packs: they are passed on as they come. */
function isStream(type = ""): boolean {
  return type === "text/event-stream" || type.startsWith("application/x-git-");
}

function forwardedHeaders(request: IncomingMessage, body: Buffer): OutgoingHttpHeaders {
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

function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  { headers, statusCode = 502 }: IncomingMessage,
  body: Buffer,
  unread: UnreadAnswers,
): void {
  if (response.destroyed) return;
  try {
    unread.makeRoom(body.length);
  } catch (error) {
    if (!VexilError.is(error)) throw error;
    refuse(request, response, error);
    return;
  }
  takeHeaders(response, headers);
  response.writeHead(statusCode).end(body);
  unread.written(response, body.length);
}

/** Passes a stream on piece by piece: who sends it hears of a client that does not read. */
function passOn(response: ServerResponse, answer: IncomingMessage): void {
  takeHeaders(response, answer.headers);
  response.socket?.setKeepAlive(true, 30_000);
  // Whoever sends it knows who does not read.
  response.socket?.setTimeout(0);
  response.writeHead(answer.statusCode ?? 502);
  response.flushHeaders();
  answer.on("error", () => response.destroy());
  answer.pipe(response);
}

function takeHeaders(response: ServerResponse, headers: IncomingHttpHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP.has(name)) continue;
    // CORS has said on what the answer varies already.
    if (name === "vary") response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, error: VexilError): void {
  if (response.headersSent) response.destroy();
  else sendProblem(request, response, error);
}

function stopping(): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_DRAINING", "the daemon is stopping or restarting; try again");
}
