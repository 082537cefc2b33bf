import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "@vexil/plugin-api";
import { HotAnswers, type Read } from "./hot-answers.js";
import { type HotRoute, HotRoutes } from "./hot-route.js";
import { Message } from "./message.js";
import type { BulkAnswer } from "./reads/bulk-answers.js";
import { evaluateOne } from "./reads/evaluate.js";
import { evaluateBatch } from "./reads/evaluate-batch.js";
import {
  answerBulk,
  answerBytes,
  answerError,
  answerText,
  answerUnchanged,
  type Exchange,
} from "./reads/hot-request.js";
import { evaluateOfrepBulk, evaluateOfrepFlag, type OfrepRequest } from "./reads/ofrep.js";
import { ofrepContext } from "./reads/ofrep-context.js";
import { answerOfrepError } from "./reads/ofrep-error.js";
import type { Json } from "./reads/outcome.js";
import type { ReadServices } from "./reads/read-services.js";
import type { ReadEnvironment } from "./reads/read-snapshots.js";
import { answerSnapshot } from "./reads/snapshot.js";
import { openStream } from "./reads/stream.js";
import { givenRequestId } from "./request-id.js";
import { judgedEnvironment } from "./rights/judged-environment.js";
import { sendText } from "./send-answer.js";

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
  readonly #answers: HotAnswers;
  readonly #routes = new HotRoutes();
  readonly #boolean = this.#evaluation("BOOLEAN_FLAG_TYPE");
  readonly #variant = this.#evaluation("VARIANT_FLAG_TYPE");
  readonly #batch: Read<Json> = {
    access: "evaluation",
    hasPast: true,
    fail: answerError,
    make: (exchange, body) => evaluateBatch(this.#services, body, exchange.request.headers, this.#judged(exchange)),
    send: answerText,
  };
  readonly #ofrepBulk: Read<BulkAnswer> = {
    access: "ofrep",
    fail: answerOfrepError,
    make: (exchange, body, text) =>
      evaluateOfrepBulk(this.#services, this.#ofrepRequest(exchange, ofrepContext(new Message(body), text, "keys"))),
    send: answerNewBulk,
  };

  constructor(services: ReadServices) {
    this.#services = services;
    this.#answers = new HotAnswers(services);
  }

  /** @returns false if the request is none of these */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const route = this.#routes.find(request.url ?? "/");
    if (route === undefined || route.method !== request.method) return false;
    const exchange = this.#exchange(request, response, route);
    switch (route.type) {
      case "boolean":
        this.#answers.giveWithBody(exchange, this.#boolean);
        break;
      case "variant":
        this.#answers.giveWithBody(exchange, this.#variant);
        break;
      case "batch":
        this.#answers.giveWithBody(exchange, this.#batch);
        break;
      case "ofrep-flag":
        this.#answers.giveWithBody(exchange, this.#ofrepFlag(route.key));
        break;
      case "ofrep-bulk":
        this.#answers.giveWithBody(exchange, this.#ofrepBulk);
        break;
      case "snapshot":
        this.#answers.give(exchange, this.#snapshot(route));
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

  #evaluation(type: "BOOLEAN_FLAG_TYPE" | "VARIANT_FLAG_TYPE"): Read<Json> {
    return {
      access: "evaluation",
      hasPast: true,
      fail: answerError,
      make: (exchange, body) =>
        evaluateOne(this.#services, type, body, exchange.request.headers, this.#judged(exchange)),
      send: answerText,
    };
  }

  #ofrepFlag(key: string): Read<Buffer> {
    return {
      access: "ofrep",
      fail: answerOfrepError,
      make: (exchange, body, text) => {
        const context = ofrepContext(new Message(body), text, "property");
        return evaluateOfrepFlag(this.#services, this.#ofrepRequest(exchange, context), key);
      },
      send: answerBytes,
    };
  }

  #snapshot({ environment, namespace }: SnapshotRoute): Read<ReadEnvironment> {
    return {
      access: "evaluation",
      fail: answerError,
      make: (exchange) =>
        judgedEnvironment(this.#services, this.#judged(exchange), environment, exchange.request.headers, namespace),
      send: (exchange, found) => answerSnapshot(this.#services, exchange, found, namespace),
    };
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
      this.#answers.admitted(exchange, "ofrep", answerOfrepError, ({ admitted }) => {
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
}
