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
  type HotRequest,
} from "./reads/hot-request.js";
import { evaluateOfrepBulk, evaluateOfrepFlag, type OfrepRequest } from "./reads/ofrep.js";
import { ofrepContext } from "./reads/ofrep-context.js";
import { answerOfrepError } from "./reads/ofrep-error.js";
import type { Json } from "./reads/outcome.js";
import type { ReadServices } from "./reads/read-services.js";
import type { ReadEnvironment } from "./reads/read-snapshots.js";
import { answerSnapshot, whenMade } from "./reads/snapshot.js";
import { openStream } from "./reads/stream.js";
import { repeatGivenIds } from "./request-id.js";
import { judgedEnvironment } from "./rights/judged-environment.js";
import { sendText } from "./send-answer.js";

type SnapshotRoute = Extract<HotRoute, { type: "snapshot" }>;
type StreamRoute = Extract<HotRoute, { type: "stream" | "ofrep-stream" }>;

function answerNewBulk(hot: HotRequest, bulk: BulkAnswer): void {
  if (hot.request.headers["if-none-match"] === bulk.etag) answerUnchanged(hot, { Etag: bulk.etag });
  else answerBulk(hot, bulk);
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
    make: (hot, body) => evaluateBatch(this.#services, body, hot.request.headers, this.#judged(hot)),
    send: answerText,
  };
  readonly #ofrepBulk: Read<BulkAnswer> = {
    access: "ofrep",
    fail: answerOfrepError,
    make: (hot, body, text) =>
      evaluateOfrepBulk(this.#services, this.#ofrepRequest(hot, ofrepContext(new Message(body), text, "keys"))),
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
    const hot = this.#hot(request, response, route);
    switch (route.type) {
      case "boolean":
        this.#answers.giveWithBody(hot, this.#boolean);
        break;
      case "variant":
        this.#answers.giveWithBody(hot, this.#variant);
        break;
      case "batch":
        this.#answers.giveWithBody(hot, this.#batch);
        break;
      case "ofrep-flag":
        this.#answers.giveWithBody(hot, this.#ofrepFlag(route.key));
        break;
      case "ofrep-bulk":
        this.#answers.giveWithBody(hot, this.#ofrepBulk);
        break;
      case "snapshot":
        this.#answers.give(hot, this.#snapshot(route));
        break;
      case "stream":
        openStream(this.#services, hot, route, {
          access: "evaluation",
          sse: request.headers.accept === "text/event-stream",
        });
        break;
      case "ofrep-stream":
        this.#ofrepStream(hot, route);
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
      make: (hot, body) => evaluateOne(this.#services, type, body, hot.request.headers, this.#judged(hot)),
      send: answerText,
    };
  }

  #ofrepFlag(key: string): Read<Buffer> {
    return {
      access: "ofrep",
      fail: answerOfrepError,
      make: (hot, body, text) => {
        const context = ofrepContext(new Message(body), text, "property");
        return evaluateOfrepFlag(this.#services, this.#ofrepRequest(hot, context), key);
      },
      send: answerBytes,
    };
  }

  #snapshot({ environment, namespace }: SnapshotRoute): Read<ReadEnvironment> {
    return {
      access: "evaluation",
      fail: answerError,
      make: (hot) => {
        const { headers } = hot.request;
        const found = judgedEnvironment(this.#services, this.#judged(hot), environment, headers, namespace);
        const made = (judged: ReadEnvironment) => whenMade(hot, judged, namespace);
        return found instanceof Promise ? found.then(made) : made(found);
      },
      send: (hot, found) => answerSnapshot(this.#services, hot, found, namespace),
    };
  }

  #judged({ principal }: HotRequest): Caller | undefined {
    return this.#services.gate.judged(principal);
  }

  #ofrepRequest(hot: HotRequest, context: OfrepRequest["context"]): OfrepRequest {
    return { context, headers: hot.request.headers, caller: this.#judged(hot) };
  }

  #ofrepStream(hot: HotRequest, route: StreamRoute): void {
    const { request } = hot;
    const isStream = request.headers.accept?.startsWith("text/event-stream") === true;
    const open = (): void => openStream(this.#services, hot, route, { access: "ofrep", sse: true });
    if (isStream) open();
    else
      this.#answers.admitted(hot, "ofrep", answerOfrepError, ({ admitted }) => {
        if (admitted) this.#noStream(hot);
        else open();
      });
  }

  #noStream({ request, response, counts, started }: HotRequest): void {
    const text = "this is an event stream: ask for text/event-stream\n";
    sendText(request, response, 406, "text/plain; charset=utf-8", text);
    counts.count(406, started);
  }

  #hot(request: IncomingMessage, response: ServerResponse, route: HotRoute): HotRequest {
    const started = performance.now();
    repeatGivenIds(request.headers, response);
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
