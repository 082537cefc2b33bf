import type { IncomingMessage, ServerResponse } from "node:http";
import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { ColdHandler } from "../http/cold-handler.js";
import { type HotRoute, HotRoutes } from "../http/hot-route.js";
import { HOT_ROUTES } from "../http/reads/route-counts.js";
import type { HotHandler, RequestTracing } from "../http/request-tracing.js";
import type { HeldContexts } from "./held-contexts.js";
import { requestAttributes, requestMethod } from "./request-attributes.js";

const SERVER = { kind: SpanKind.SERVER };

const GONE_MS = 30_000;

const HEADERS: TextMapGetter<IncomingMessage["headers"]> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, name) => headers[name],
};

/** Parts of the spans of requests. */
export interface RequestSpansParts {
  /** Decides by the sampler that is asked for. */
  readonly tracer: Tracer;
  /** Its spans are all kept. */
  readonly always: Tracer;
  /** Share of the requests in no trace that are kept, 0 to 1. */
  readonly ratio: number;
  /** False: a span that is made now would have no place where spans wait; it counts as one that was dropped. */
  readonly hasPlace: () => boolean;
  readonly contexts: HeldContexts;
}

/**
 * A span for each request, in the caller's trace if it names one. It wraps what answers: without tracing nothing of it is
 * there. Of a request it has method, path, route, status and client's program; no query, no other header, no body.
 */
export class RequestSpans implements RequestTracing {
  readonly #parts: RequestSpansParts;
  readonly #routes = new HotRoutes();
  /** Beside the requests: a property more for some of them would make all that reads any of them slower. */
  readonly #spans = new WeakMap<IncomingMessage, Span>();
  /** Below a request that was decided on before, and is not kept. */
  readonly #notKept: Span;
  /** Requests under way whose spans are kept. */
  #kept = 0;

  constructor(parts: RequestSpansParts) {
    this.#parts = parts;
    const { traceId, spanId } = parts.always.startSpan("none").spanContext();
    this.#notKept = trace.wrapSpanContext({ traceId, spanId, traceFlags: TraceFlags.NONE });
  }

  /** False: no request is under way whose span is kept. */
  get isAnyKept(): boolean {
    return this.#kept > 0 || this.#parts.contexts.isHeld;
  }

  hot(path: HotHandler): HotHandler {
    return {
      handle: (request, response) => {
        const tracer = this.#deciding(request);
        // Most requests are in no trace that is kept: they cost no more than a draw.
        if (tracer === undefined) return path.handle(request, response);
        const route = this.#hotRoute(request);
        if (route === undefined) return path.handle(request, response);
        if (tracer === this.#parts.always && !this.#parts.hasPlace()) return path.handle(request, response);
        const span = this.#begin(request, response, tracer, HOT_ROUTES[route.type]);
        if (!span.isRecording()) return path.handle(request, response);
        // Nothing is held: reads are answered within a call, and tell where it takes more.
        return context.with(trace.setSpan(context.active(), span), () => path.handle(request, response));
      },
    };
  }

  cold(handler: ColdHandler): ColdHandler {
    return (request, response, body) => {
      const span = this.#spans.get(request) ?? this.#decided(request) ?? this.#begin(request, response);
      this.#hold(response);
      // Also below one that is not kept: what comes there is decided with it.
      context.with(trace.setSpan(context.active(), span), () => handler(request, response, body));
    };
  }

  within(request: IncomingMessage, work: () => void): void {
    const span = this.isAnyKept ? this.#spans.get(request) : undefined;
    if (span?.isRecording() === true) context.with(trace.setSpan(context.active(), span), work);
    else work();
  }

  later<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isAnyKept) return work();
    const here = context.active();
    if (trace.getSpan(here)?.isRecording() !== true) return work();
    const release = this.#parts.contexts.hold();
    return context.with(here, work).finally(release);
  }

  routed(request: IncomingMessage, route: string): void {
    const span = this.#spans.get(request);
    span?.setAttribute("http.route", route);
    span?.updateName(`${requestMethod(request)} ${route}`);
  }

  handOver(request: IncomingMessage): void {
    const span = this.#spans.get(request);
    if (span !== undefined) propagation.inject(trace.setSpan(ROOT_CONTEXT, span), request.headers);
  }

  #hold(response: ServerResponse): void {
    const release = this.#parts.contexts.hold();
    response.once("close", () => {
      // What a client has begun goes on without it.
      if (response.writableFinished) release();
      else setTimeout(release, GONE_MS).unref();
    });
  }

  /** The tracer that decides on a request of the hot path; undefined: it is decided, and not kept. */
  #deciding({ headers }: IncomingMessage): Tracer | undefined {
    const { tracer, always, ratio } = this.#parts;
    if (headers.traceparent !== undefined) return tracer;
    return Math.random() < ratio ? always : undefined;
  }

  /** A read of the hot path that comes here without a span, perhaps from a worker, was drawn, and not to be kept. */
  #decided(request: IncomingMessage): Span | undefined {
    if (request.headers.traceparent !== undefined) return undefined;
    return this.#hotRoute(request) === undefined ? undefined : this.#notKept;
  }

  #hotRoute({ url = "/", method }: IncomingMessage): HotRoute | undefined {
    const route = this.#routes.find(url);
    return route?.method === method ? route : undefined;
  }

  /** The span of a request, kept or not; whoever answers it in the end has the same one. */
  #begin(request: IncomingMessage, response: ServerResponse, tracer = this.#parts.tracer, route?: string): Span {
    const { headers } = request;
    const parent =
      headers.traceparent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers, HEADERS);
    const method = requestMethod(request);
    const span = tracer.startSpan(route === undefined ? method : `${method} ${route}`, SERVER, parent);
    this.#spans.set(request, span);
    if (!span.isRecording()) return span;
    span.setAttributes(requestAttributes(request, route));
    this.#kept += 1;
    response.once("close", () => {
      this.#kept -= 1;
      end(span, response);
    });
    return span;
  }
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
