import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import { TOKEN_COOKIE } from "../access/credential.js";
import { admittedPrincipal, type Gate } from "../access/gate.js";
import type { RequestIds } from "../request-ids.js";
import { comeAgain } from "./edge/come-again.js";
import { errorBody, errorHeaders, errorStatus, shownError } from "./error-response.js";
import { sendGitError } from "./git/git-error.js";
import { countRefusal } from "./limits/count-refusal.js";
import { logFailure } from "./log-failure.js";
import { Message } from "./message.js";
import { readJson } from "./read-json.js";
import { countRequest } from "./reads/route-counts.js";
import type { Tally } from "./reads/tally.js";
import { answeredIds } from "./request-id.js";
import { asksForPretty, isGitPath } from "./request-target.js";
import type { KeptDecisions } from "./rights/kept-decisions.js";
import { readableError } from "./rights/readable-error.js";
import type { Refusals } from "./rights/refusals.js";
import { RequestRights } from "./rights/request-rights.js";
import type { Answer, Place, Route, RouteAction, RouteRequest } from "./route.js";
import { indented, isPretty, sendJson, sendText } from "./send-answer.js";

/** Options for running routes, beside the route. */
export interface RouteHandlerOptions {
  readonly gate: Gate;
  readonly decisions: KeptDecisions;
  readonly refusals: Refusals;
  /** Key by which the client of a request is counted. */
  readonly clientOf: (request: IncomingMessage) => string;
  /** Values of `Set-Cookie` that take away a session that does not count. */
  readonly clearedCookies: () => readonly string[];
  readonly logger: Logger;
  /** Counts what a defect keeps from being answered. */
  readonly tally: Tally;
  /** Told of the route of each request; undefined: there are no traces. */
  readonly routed?: ((request: IncomingMessage, route: string) => void) | undefined;
  /** Resolves when every process that answers reads has what was published so far. */
  readonly settled: () => Promise<void>;
}

export interface RoutedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: Readonly<Record<string, string>>;
  /** Without the question mark. */
  readonly query: string;
  readonly body: Uint8Array | undefined;
}

/** Runs one route: body, credentials, rights, handler, answer, in this order. Never rejects. */
export async function runRoute(route: Route, routed: RoutedRequest, options: RouteHandlerOptions): Promise<void> {
  const { request, response } = routed;
  const ids = answeredIds(request, response);
  options.routed?.(request, route.path);
  const started = performance.now();
  const count = (status: number): void =>
    countRequest(options.tally, route.path, request.method ?? "", status, started);
  const pretty = isPretty(request, asksForPretty(routed.query));
  const abort = new AbortController();
  response.once("close", () => abort.abort());
  let rights: RequestRights | undefined;
  try {
    const bytes = routed.body ?? new Uint8Array();
    const hasMessage = route.rawBody !== true && (request.method === "POST" || request.method === "PUT");
    const message = new Message(hasMessage ? readJson(Buffer.from(bytes).toString("utf8")) : undefined);
    const principal = await admittedPrincipal(options.gate, route.access, request.headers);
    rights = new RequestRights(options.gate.judged(principal), options.decisions, options.refusals, ids);
    const routeRequest: RouteRequest = {
      method: request.method ?? "",
      params: routed.params,
      query: new URLSearchParams(routed.query),
      headers: request.headers,
      bytes,
      message,
      principal,
      rights,
      ids,
      client: options.clientOf(request),
      signal: abort.signal,
    };
    await judge(route, routeRequest);
    const answer = await route.handle(routeRequest);
    if (request.method !== "GET" && !READS.has(route.action)) await options.settled();
    if (response.headersSent || response.destroyed) return;
    send(routed, answer, pretty);
    count(answer.status);
  } catch (thrown) {
    const error = await readableError(shownError(thrown), rights);
    if (response.headersSent || response.destroyed) return;
    if (error.code === "VEXIL_REFUSED_UNAUTHENTICATED") comeAgain(request, response);
    if (ENDS.has(route.path) || isStaleSession(route, request, error))
      response.setHeader("Set-Cookie", options.clearedCookies());
    count(sendError(routed, error, pretty, options, ids));
  }
}

/** Actions that change nothing, whatever the method. */
const READS: ReadonlySet<RouteAction> = new Set<RouteAction>(["evaluate", "read"]);

/** @throws VexilError VEXIL_REFUSED_PERMISSION */
async function judge({ action, change, place }: Route, request: RouteRequest): Promise<void> {
  if (action === "none" || place === "answer") return;
  const places: Place | readonly Place[] = place === undefined ? request.params : place(request);
  for (const { environment, namespace, change: own = change } of [places].flat()) {
    await request.rights.require(action, environment, namespace, own);
  }
}

function send({ request, response }: RoutedRequest, answer: Answer, pretty: boolean): void {
  if (answer.cookies !== undefined) response.setHeader("Set-Cookie", answer.cookies);
  if ("open" in answer) {
    answer.open(response);
    return;
  }
  if ("text" in answer) {
    sendText(request, response, answer.status, answer.contentType, answer.text, answer.headers);
    return;
  }
  const json = JSON.stringify(answer.body);
  sendJson(request, response, answer.status, pretty ? indented(json) : json, answer.headers);
}

/** Whatever comes of it, no browser is to go on with the session. */
const ENDS: ReadonlySet<string> = new Set(["/auth/v1/self/expire", "/auth/v1/self/revoke"]);

/** Browsers would send a cookie that nobody knows again and again. */
function isStaleSession({ path }: Route, { headers }: IncomingMessage, error: VexilError): boolean {
  const isRefused = error.code === "VEXIL_REFUSED_UNAUTHENTICATED";
  return isRefused && path.startsWith("/auth/v1/") && headers.cookie?.includes(`${TOKEN_COOKIE}=`) === true;
}

/** @returns the answer's status */
function sendError(
  { request, response }: RoutedRequest,
  error: VexilError,
  pretty: boolean,
  { logger, tally }: RouteHandlerOptions,
  ids: RequestIds,
): number {
  if (logFailure(logger, error, request, ids)) tally.count("server_errors");
  countRefusal(tally, error);
  if (isGitPath(request.url ?? "")) return sendGitError(request, response, error);
  const json = JSON.stringify(errorBody(error));
  const { status } = errorStatus(error);
  sendJson(request, response, status, pretty ? indented(json) : json, errorHeaders(error));
  return status;
}
