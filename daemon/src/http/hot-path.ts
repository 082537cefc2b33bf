import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "@vexil/plugin-api";
import type { Admission } from "../access/admission.js";
import { unauthenticatedError } from "./error-response.js";
import { type HotRoute, HotRoutes } from "./hot-route.js";
import { Message } from "./message.js";
import { BODY_LIMIT_BYTES, readBody, UNKNOWN_SENDER_LIMIT_BYTES } from "./read-body.js";
import { readJson } from "./read-json.js";
import type { BulkAnswer } from "./reads/bulk-answers.js";
import { evaluateOne } from "./reads/evaluate.js";
import { evaluateBatch } from "./reads/evaluate-batch.js";
import { answerBulk, answerBytes, answerError, answerText, answerUnchanged, type Exchange } from "./reads/exchange.js";
import { evaluateOfrepBulk, evaluateOfrepFlag, type OfrepRequest } from "./reads/ofrep.js";
import { ofrepContext } from "./reads/ofrep-context.js";
import { answerOfrepError } from "./reads/ofrep-error.js";
import type { ReadServices } from "./reads/read-services.js";
import { answerSnapshot } from "./reads/snapshot.js";
import { openStream } from "./reads/stream.js";
import { givenRequestId } from "./request-id.js";
import type { Access } from "./route.js";
import { sendText } from "./send-answer.js";

/** Undefined when the answer has been given. */
type Later = Promise<void> | undefined | void;
type FailWith = (services: ReadServices, exchange: Exchange, error: unknown) => void;
type SnapshotRoute = Extract<HotRoute, { type: "snapshot" }>;
type StreamRoute = Extract<HotRoute, { type: "stream" | "ofrep-stream" }>;

function answerNewBulk(exchange: Exchange, bulk: BulkAnswer): void {
  if (exchange.request.headers["if-none-match"] === bulk.etag) answerUnchanged(exchange, { Etag: bulk.etag });
  else answerBulk(exchange, bulk);
}

/**
 * Evaluation, snapshots and streams, answered before fastify sees the request: this is what there are many of, and it
 * needs nothing but snapshots in memory, so worker processes answer it by themselves.
 */
export class HotPath {
  readonly #services: ReadServices;
  readonly #routes = new HotRoutes();

  constructor(services: ReadServices) {
    this.#services = services;
  }

  /** @returns false if the request is none of these */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const route = this.#routes.find(request.url ?? "/");
    if (route === undefined || route.method !== request.method) return false;
    const exchange = this.#exchange(request, response, route);
    switch (route.type) {
      case "boolean":
        this.#evaluate(exchange, "BOOLEAN_FLAG_TYPE");
        break;
      case "variant":
        this.#evaluate(exchange, "VARIANT_FLAG_TYPE");
        break;
      case "batch":
        this.#batch(exchange);
        break;
      case "ofrep-flag":
        this.#ofrepFlag(exchange, route.key);
        break;
      case "ofrep-bulk":
        this.#ofrepBulk(exchange);
        break;
      case "snapshot":
        this.#snapshot(exchange, route);
        break;
      case "stream":
        openStream(this.#services, exchange, route, {
          access: "evaluation",
          sse: request.headers.accept === "text/event-stream",
        });
        break;
      case "ofrep-stream":
        this.#ofrepStream(exchange, route);
        break;
      default:
        route satisfies never;
    }
    return true;
  }

  #evaluate(exchange: Exchange, type: "BOOLEAN_FLAG_TYPE" | "VARIANT_FLAG_TYPE"): void {
    this.#withBody(exchange, "evaluation", answerError, (body) => {
      const json = evaluateOne(this.#services, type, body, exchange.request.headers, this.#judged(exchange));
      if (json instanceof Promise) return json.then((late) => answerText(exchange, late));
      answerText(exchange, json);
      return undefined;
    });
  }

  #batch(exchange: Exchange): void {
    this.#withBody(exchange, "evaluation", answerError, (body) => {
      const json = evaluateBatch(this.#services, body, exchange.request.headers, this.#judged(exchange));
      if (json instanceof Promise) return json.then((late) => answerText(exchange, late));
      answerText(exchange, json);
      return undefined;
    });
  }

  #ofrepFlag(exchange: Exchange, key: string): void {
    this.#withBody(exchange, "ofrep", answerOfrepError, (body, text) => {
      const context = ofrepContext(new Message(body), text, "property");
      const json = evaluateOfrepFlag(this.#services, this.#ofrepRequest(exchange, context), key);
      if (json instanceof Promise) return json.then((late) => answerBytes(exchange, late));
      answerBytes(exchange, json);
      return undefined;
    });
  }

  #ofrepBulk(exchange: Exchange): void {
    this.#withBody(exchange, "ofrep", answerOfrepError, (body, text) => {
      const context = ofrepContext(new Message(body), text, "keys");
      const bulk = evaluateOfrepBulk(this.#services, this.#ofrepRequest(exchange, context));
      if (bulk instanceof Promise) return bulk.then((late) => answerNewBulk(exchange, late));
      answerNewBulk(exchange, bulk);
      return undefined;
    });
  }

  #snapshot(exchange: Exchange, { environment, namespace }: SnapshotRoute): void {
    this.#admitted(exchange, "evaluation", answerError, ({ admitted }) => {
      if (!admitted) throw unauthenticatedError();
      return answerSnapshot(this.#services, exchange, environment, namespace, this.#judged(exchange));
    });
  }

  #judged({ principal }: Exchange): Caller | undefined {
    return this.#services.gate.judged(principal);
  }

  #ofrepRequest(exchange: Exchange, context: OfrepRequest["context"]): OfrepRequest {
    return { context, headers: exchange.request.headers, caller: this.#judged(exchange) };
  }

  #ofrepStream(exchange: Exchange, route: StreamRoute): void {
    const { request } = exchange;
    const isStream = request.headers.accept?.startsWith("text/event-stream") === true;
    const open = (): void => openStream(this.#services, exchange, route, { access: "ofrep", sse: true });
    if (isStream) open();
    else
      this.#admitted(exchange, "ofrep", answerOfrepError, ({ admitted }) => {
        if (admitted) this.#noStream(exchange);
        else open();
      });
  }

  #noStream({ request, response, counts, started }: Exchange): void {
    const text = "this is an event stream: ask for text/event-stream\n";
    sendText(request, response, 406, "text/plain; charset=utf-8", text);
    counts.count(406, started);
  }

  #exchange(request: IncomingMessage, response: ServerResponse, route: HotRoute): Exchange {
    const started = performance.now();
    const id = givenRequestId(request);
    if (id !== undefined) response.setHeader("x-request-id", id);
    const pretty = route.pretty || request.headers.accept === "application/json+pretty";
    const { limits, routeCounts } = this.#services;
    return {
      request,
      response,
      pretty,
      unread: limits.answers,
      counts: routeCounts.of(route),
      started,
      principal: undefined,
    };
  }

  /** Runs when it is known who calls: at once, unless that has to be asked. What is thrown is answered. */
  #admitted(exchange: Exchange, access: Access, fail: FailWith, run: (admission: Admission) => Later): void {
    const proceed = (admission: Admission): Later => {
      exchange.principal = admission.principal;
      return run(admission);
    };
    const admission = this.#services.gate.admit(access, exchange.request.headers);
    if (admission instanceof Promise) this.#settle(exchange, fail, admission.then(proceed));
    else
      try {
        this.#settle(exchange, fail, proceed(admission));
      } catch (error) {
        fail(this.#services, exchange, error);
      }
  }

  #settle(exchange: Exchange, fail: FailWith, answering: Later): void {
    if (answering !== undefined) answering.catch((error: unknown) => fail(this.#services, exchange, error));
  }

  #withBody(exchange: Exchange, access: Access, fail: FailWith, run: (body: unknown, text: string) => Later): void {
    const { revision } = this.#services.gate;
    this.#admitted(exchange, access, fail, ({ admitted }) => {
      this.#readBody(exchange, admitted, fail, (body, text) => {
        if (!this.#services.gate.isStale(revision, exchange.principal)) return run(body, text);
        // A body may take its time, and who sends it may not be let in any more.
        this.#admitted(exchange, access, fail, (again) => {
          if (!again.admitted) throw unauthenticatedError();
          return run(body, text);
        });
        return undefined;
      });
    });
  }

  /** A body that is no JSON is reported to anybody (`http-api.md` §1.6), but only a small one of who has no credential. */
  #readBody(exchange: Exchange, admitted: boolean, fail: FailWith, run: (body: unknown, text: string) => Later): void {
    const { bodies, batchItems } = this.#services.limits;
    const limit = admitted ? BODY_LIMIT_BYTES : UNKNOWN_SENDER_LIMIT_BYTES;
    readBody(exchange.request, limit, bodies, (refused, bytes) => {
      try {
        if (refused !== undefined) {
          // What is left of the body is not read, so the connection cannot be used again.
          exchange.response.setHeader("Connection", "close");
          throw admitted ? refused : unauthenticatedError();
        }
        const text = bytes.toString("utf8");
        const body = readJson(text, batchItems);
        if (!admitted) throw unauthenticatedError();
        this.#settle(exchange, fail, run(body, text));
      } catch (error) {
        fail(this.#services, exchange, error);
      }
    });
  }
}
