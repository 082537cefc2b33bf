import type { IncomingHttpHeaders } from "node:http";
import { exchangeError } from "@vexil/git/transport/http-errors";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { parse } from "cookie";
import { TOKEN_COOKIE } from "../../access/credential.js";
import { readText, type UpstreamAnswer, type UpstreamClient } from "../../edge/upstream-client.js";
import type { Answer, RouteRequest } from "../route.js";

/** Names the edges that a forwarded request has passed. */
export const EDGES_HEADER = "vexil-edges";

/** Edges one behind the other. */
const MOST_EDGES = 16;
/** The longest answer of the management API that is passed on. */
const MOST_BYTES = 64 * 1024 * 1024;

/** How long a forwarded request may take. */
export interface ForwardBounds {
  readonly silenceMs: number;
  readonly totalMs: number;
}

/**
 * Sends a request to the upstream as its caller's, and passes the answer on unchanged.
 * @param route path with parameters in braces
 * @param edge id of this daemon
 * @throws VexilError VEXIL_UNAVAILABLE_UPSTREAM (nothing was asked of it), VEXIL_UNAVAILABLE_UPSTREAM_LATE (nobody knows),
 * VEXIL_REFUSED_LOOP
 */
export async function forwardRequest(
  client: UpstreamClient,
  { request, route, edge }: { readonly request: RouteRequest; readonly route: string; readonly edge: string },
  { silenceMs, totalMs }: ForwardBounds,
): Promise<Answer> {
  const passed = passedEdges(request.headers);
  if (passed.includes(edge) || passed.length >= MOST_EDGES) {
    throw client.named(
      new VexilError("VEXIL_REFUSED_LOOP", "edges forward the request in a ring; nothing was changed"),
    );
  }
  const query = request.query.toString();
  const path = route.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(request.params[name] ?? ""));
  const signal = AbortSignal.timeout(totalMs);
  let answer: UpstreamAnswer;
  let text: string;
  try {
    answer = await client.send({
      method: request.method as "GET" | "POST" | "PUT" | "DELETE",
      path: query === "" ? path : `${path}?${query}`,
      headers: { ...callersHeaders(request), [EDGES_HEADER]: [...passed, edge].join(",") },
      ...(request.bytes.length > 0 && { body: request.bytes }),
      signal,
      silenceMs,
    });
    text = await readText(answer.body, MOST_BYTES).catch((error: unknown) => {
      throw exchangeError(error, "body", "http");
    });
  } catch (error) {
    throw awayError(client, toVexilError(error));
  }
  return passedOn(client, answer, text);
}

function passedEdges(headers: IncomingHttpHeaders): readonly string[] {
  const given = headers[EDGES_HEADER];
  return typeof given === "string" && given !== "" ? given.split(",").map((id) => id.trim()) : [];
}

/** Whose request it is, and what it is called; nothing else of it goes on. */
function callersHeaders({ headers, ids }: RouteRequest): Readonly<Record<string, string>> {
  const { authorization, cookie = "", traceparent } = headers;
  const session = authorization === undefined ? parse(cookie)[TOKEN_COOKIE] : undefined;
  return {
    "x-request-id": ids.requestId,
    "x-correlation-id": ids.correlationId,
    ...(authorization !== undefined && { authorization }),
    ...(session !== undefined && { cookie: `${TOKEN_COOKIE}=${encodeURIComponent(session)}` }),
    ...(typeof traceparent === "string" && { traceparent }),
  };
}

const KEPT_HEADERS = ["retry-after", "vexil-error", "www-authenticate"] as const;

function passedOn(client: UpstreamClient, { status, headers }: UpstreamAnswer, text: string): Answer {
  const contentType = String(headers["content-type"] ?? "application/json");
  if ((status >= 300 && status < 400) || !/^(?:application\/json|text\/plain)\b/.test(contentType)) {
    const what =
      status < 400 && status >= 300 ? "it redirects elsewhere" : `it answers with ${contentType.slice(0, 60)}`;
    throw client.named(new VexilError("VEXIL_UNAVAILABLE_UPSTREAM", `${what}; is edge.upstream the daemon's address?`));
  }
  const kept = KEPT_HEADERS.flatMap((name) => {
    const value = headers[name];
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  return { status, text, contentType, headers: Object.fromEntries(kept) };
}

/** Codes of what went wrong before the upstream had heard of the request. */
const UNHEARD: ReadonlySet<string> = new Set([
  "VEXIL_CONNECTION_DNS",
  "VEXIL_CONNECTION_REFUSED",
  "VEXIL_CONNECTION_UNREACHABLE",
  "VEXIL_CONNECTION_TLS",
  "VEXIL_CONNECTION_PROXY",
  "VEXIL_REMOTE_CERTIFICATE",
]);

function awayError(client: UpstreamClient, error: VexilError): VexilError {
  const { code, details } = error;
  const isUnheard = UNHEARD.has(code) || details.step === "connect" || details.step === "tls";
  const brief = `the upstream ${client.address} `;
  return isUnheard
    ? new VexilError("VEXIL_UNAVAILABLE_UPSTREAM", `${brief}cannot be reached, so nothing was changed`, {
        cause: error,
      })
    : new VexilError("VEXIL_UNAVAILABLE_UPSTREAM_LATE", `${brief}has not answered; look whether the change is there`, {
        cause: error,
      });
}
