import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { authenticate } from "./authenticate.js";
import { BODY_LIMIT_BYTES, readBody } from "./read-body.js";
import { readJson } from "./read-json.js";
import { evaluateOne } from "./reads/evaluate.js";
import { evaluateBatch } from "./reads/evaluate-batch.js";
import { answerError, answerJson, type Exchange } from "./reads/exchange.js";
import { evaluateOfrepBulk, evaluateOfrepFlag } from "./reads/ofrep.js";
import { answerOfrepError } from "./reads/ofrep-error.js";
import type { ReadServices } from "./reads/read-services.js";
import { answerSnapshot } from "./reads/snapshot.js";
import { openStream } from "./reads/stream.js";
import { givenRequestId } from "./request-id.js";
import { asksForPretty, type RequestTarget, requestTarget } from "./request-target.js";
import type { Access } from "./route.js";
import { sendText } from "./send-answer.js";

type FailWith = (services: ReadServices, exchange: Exchange, error: unknown) => void;
type EvaluatePost = (services: ReadServices, body: unknown, headers: IncomingHttpHeaders) => string | Promise<string>;

const EVALUATIONS: ReadonlyMap<string, EvaluatePost> = new Map<string, EvaluatePost>([
  ["/evaluate/v1/boolean", (services, body, headers) => evaluateOne(services, "BOOLEAN_FLAG_TYPE", body, headers)],
  ["/evaluate/v1/variant", (services, body, headers) => evaluateOne(services, "VARIANT_FLAG_TYPE", body, headers)],
  ["/evaluate/v1/batch", evaluateBatch],
]);

const KEPT_TARGETS = 1000;

/**
 * Evaluation, snapshots and streams, answered before fastify sees the request: this is what there are many of, and it
 * needs nothing but snapshots in memory, so worker processes answer it by themselves.
 */
export class HotPath {
  readonly #services: ReadServices;
  readonly #targets = new Map<string, RequestTarget>();

  constructor(services: ReadServices) {
    this.#services = services;
  }

  /** @returns false if the request is none of these */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? "/";
    if (request.method === "POST") {
      const evaluate = EVALUATIONS.get(url);
      if (evaluate !== undefined) {
        this.#evaluate(exchangeOf(request, response, ""), evaluate);
        return true;
      }
    } else if (request.method !== "GET") return false;
    const target = this.#target(url);
    if (target === undefined) return false;
    return request.method === "POST"
      ? this.#post(target, exchangeOf(request, response, target.query))
      : this.#get(target, exchangeOf(request, response, target.query));
  }

  /** Clients ask for the same few paths over and over. */
  #target(url: string): RequestTarget | undefined {
    const known = this.#targets.get(url);
    if (known !== undefined) return known;
    const target = requestTarget(url);
    if (target === undefined || url.length > 512) return target;
    if (this.#targets.size >= KEPT_TARGETS) this.#targets.clear();
    this.#targets.set(url, target);
    return target;
  }

  #post(target: RequestTarget, exchange: Exchange): boolean {
    const evaluate = EVALUATIONS.get(target.path);
    if (evaluate !== undefined) {
      this.#evaluate(exchange, evaluate);
      return true;
    }
    const [prefix, version, verb, flags, key, ...rest] = target.segments;
    if (prefix !== "ofrep" || version !== "v1" || verb !== "evaluate" || flags !== "flags" || rest.length > 0)
      return false;
    if (key === undefined) this.#ofrepBulk(exchange);
    else if (key === "") return false;
    else this.#ofrepFlag(exchange, key);
    return true;
  }

  #get({ segments, query }: RequestTarget, exchange: Exchange): boolean {
    const [first, second, third, fourth, fifth, sixth, seventh, ...rest] = segments;
    if (rest.length > 0) return false;
    if (
      first === "client" &&
      second === "v2" &&
      third === "environments" &&
      fifth === "namespaces" &&
      fourth &&
      sixth
    ) {
      if (seventh === "snapshot") this.#snapshot(exchange, fourth, sixth);
      else if (seventh === "stream") this.#stream(exchange, fourth, sixth, query);
      else return false;
      return true;
    }
    if (first === "internal" && second === "v1" && third === "evaluation" && fourth === "snapshot") {
      if (fifth !== "namespace" || !sixth || seventh !== undefined) return false;
      this.#snapshot(exchange, new URLSearchParams(query).get("environmentKey") ?? undefined, sixth);
      return true;
    }
    if (
      first === "ofrep" &&
      second === "v1" &&
      third === "_stream" &&
      fourth &&
      fifth &&
      sixth === "events" &&
      !seventh
    ) {
      this.#ofrepStream(exchange, fourth, fifth, query);
      return true;
    }
    return false;
  }

  #evaluate(exchange: Exchange, evaluate: EvaluatePost): void {
    this.#withBody(exchange, "evaluation", answerError, (body) => {
      const json = evaluate(this.#services, body, exchange.request.headers);
      if (typeof json === "string") answerJson(exchange, 200, json);
      else
        json.then(
          (text) => answerJson(exchange, 200, text),
          (error: unknown) => answerError(this.#services, exchange, error),
        );
    });
  }

  #ofrepFlag(exchange: Exchange, key: string): void {
    this.#withBody(exchange, "ofrep", answerOfrepError, (body) =>
      answerJson(exchange, 200, evaluateOfrepFlag(this.#services, body, exchange.request.headers, key)),
    );
  }

  #ofrepBulk(exchange: Exchange): void {
    this.#withBody(exchange, "ofrep", answerOfrepError, (body) => {
      const { request, response } = exchange;
      const { etag, json } = evaluateOfrepBulk(this.#services, body, request.headers);
      if (request.headers["if-none-match"] === etag) response.writeHead(304, { Etag: etag }).end();
      else answerJson(exchange, 200, json, { Etag: etag });
    });
  }

  #snapshot(exchange: Exchange, environment: string | undefined, namespace: string): void {
    try {
      authenticate(this.#services.settings().accessRules, "evaluation", exchange.request.headers);
      answerSnapshot(this.#services, exchange, environment, namespace);
    } catch (error) {
      answerError(this.#services, exchange, error);
    }
  }

  #stream(exchange: Exchange, environment: string, namespace: string, query: string): void {
    const sse = exchange.request.headers.accept === "text/event-stream";
    openStream(this.#services, exchange, { environment, namespace, query, access: "evaluation", sse });
  }

  #ofrepStream(exchange: Exchange, environment: string, namespace: string, query: string): void {
    const { request, response } = exchange;
    if (request.headers.accept?.startsWith("text/event-stream") !== true) {
      sendText(
        request,
        response,
        406,
        "text/plain; charset=utf-8",
        "this is an event stream: ask for text/event-stream\n",
      );
      return;
    }
    openStream(this.#services, exchange, { environment, namespace, query, access: "ofrep", sse: true });
  }

  /** Body first, then credentials: a body that is no JSON is reported to anybody (`http-api.md` §1.6). */
  #withBody(exchange: Exchange, access: Access, fail: FailWith, run: (body: unknown) => void): void {
    readBody(exchange.request, BODY_LIMIT_BYTES, (tooLarge, bytes) => {
      try {
        if (tooLarge !== undefined) throw tooLarge;
        const body = readJson(bytes.toString("utf8"));
        authenticate(this.#services.settings().accessRules, access, exchange.request.headers);
        run(body);
      } catch (error) {
        fail(this.#services, exchange, error);
      }
    });
  }
}

function exchangeOf(request: IncomingMessage, response: ServerResponse, query: string): Exchange {
  const id = givenRequestId(request);
  if (id !== undefined) response.setHeader("x-request-id", id);
  const pretty = request.headers.accept === "application/json+pretty" || asksForPretty(query);
  return { request, response, pretty };
}
