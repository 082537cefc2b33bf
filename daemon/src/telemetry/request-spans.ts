import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { ColdHandler } from "../http/cold-handler.js";
import { HotRoutes } from "../http/hot-route.js";
import { HOT_ROUTES } from "../http/reads/route-counts.js";
import { requestTarget } from "../http/request-target.js";
import type { HotHandler, RequestTracing } from "./tracing.js";

/** Methods with a name of their own; others are a client's invention (semantic conventions of HTTP). */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]);

const SERVER = { kind: SpanKind.SERVER };

/** A request carries its span: to look it up in a map takes as long as all else that one costs which is not kept. */
const SPAN = Symbol("span");

interface TracedRequest extends IncomingMessage {
  [SPAN]?: Span;
}

const HEADERS: TextMapGetter<IncomingMessage["headers"]> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, name) => headers[name],
};

/**
 * A span for each request, in the caller's trace if it names one. It wraps what answers: without tracing nothing of it is
 * there. Of a request it has method, path, route, status and client's program; no query, no other header, no body.
 */
export class RequestSpans implements RequestTracing {
  readonly #tracer: Tracer;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  hot(path: HotHandler): HotHandler {
    const routes = new HotRoutes();
    return {
      handle: (request, response) => {
        const route = routes.find(request.url ?? "/");
        if (route === undefined || route.method !== request.method) return path.handle(request, response);
        const span = this.#begin(request, response, HOT_ROUTES[route.type]);
        // Most requests are of no trace that is kept: they cost no more than the decision.
        if (!span.isRecording()) return path.handle(request, response);
        const within = trace.setSpan(context.active(), span);
        // A body comes by events of the connection, which know of no context.
        context.bind(within, request);
        return context.with(within, () => path.handle(request, response));
      },
    };
  }

  cold(handler: ColdHandler): ColdHandler {
    return (request: TracedRequest, response, body) => {
      const span = request[SPAN] ?? this.#begin(request, response);
      // Also below one that is not kept: what comes there is decided with it.
      context.with(trace.setSpan(context.active(), span), () => handler(request, response, body));
    };
  }

  routed(request: TracedRequest, route: string): void {
    const span = request[SPAN];
    span?.setAttribute("http.route", route);
    span?.updateName(`${methodOf(request)} ${route}`);
  }

  handOver(request: TracedRequest): void {
    const span = request[SPAN];
    if (span !== undefined) propagation.inject(trace.setSpan(ROOT_CONTEXT, span), request.headers);
  }

  /** The span of a request, kept or not; whoever answers it in the end has the same one. */
  #begin(request: TracedRequest, response: ServerResponse, route?: string): Span {
    const { headers } = request;
    const parent =
      headers.traceparent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers, HEADERS);
    const method = methodOf(request);
    const span = this.#tracer.startSpan(route === undefined ? method : `${method} ${route}`, SERVER, parent);
    request[SPAN] = span;
    if (!span.isRecording()) return span;
    span.setAttributes(attributesOf(request, route));
    response.once("close", () => end(span, response));
    return span;
  }
}

function methodOf({ method = "" }: IncomingMessage): string {
  return METHODS.has(method) ? method : "HTTP";
}

function attributesOf(request: IncomingMessage, route: string | undefined): Attributes {
  const { method = "", url = "/", httpVersion, headers, socket } = request;
  const isKnown = METHODS.has(method);
  return {
    "http.request.method": isKnown ? method : "_OTHER",
    ...(isKnown ? {} : { "http.request.method_original": method.slice(0, 32) }),
    "url.path": requestTarget(url)?.path.slice(0, 1024) ?? "/",
    "url.scheme": "encrypted" in socket ? "https" : "http",
    "network.protocol.version": httpVersion === "2.0" ? "2" : httpVersion,
    ...(route === undefined ? {} : { "http.route": route }),
    ...(headers["user-agent"] === undefined ? {} : { "user_agent.original": headers["user-agent"].slice(0, 256) }),
  };
}

function end(span: Span, response: ServerResponse): void {
  const status = response.statusCode;
  if (response.headersSent) span.setAttribute("http.response.status_code", status);
  // A client that goes away has its own reasons; a stream ends in no other way.
  const isFailure = response.headersSent && status >= 500;
  if (isFailure) {
    span.setAttribute("error.type", String(status));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
