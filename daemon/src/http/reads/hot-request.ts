import type { IncomingMessage, ServerResponse } from "node:http";
import type { VexilError } from "@vexil/plugin-api/errors";
import type { Principal } from "../../access/principal.js";
import { requestIds } from "../../request-ids.js";
import { AnswerBuffers } from "../answer-buffers.js";
import { errorBody, errorHeaders, errorStatus, shownError } from "../error-response.js";
import { countRefusal } from "../limits/count-refusal.js";
import type { UnreadAnswers } from "../limits/unread-answers.js";
import { logFailure } from "../log-failure.js";
import { repeatGivenIds } from "../request-id.js";
import { type AnswerHeaders, acceptedEncoding, indented, sendJson } from "../send-answer.js";
import type { BulkAnswer } from "./bulk-answers.js";
import type { Json } from "./outcome.js";
import type { ReadServices } from "./read-services.js";
import type { RouteCounts } from "./route-counts.js";

/** One request on the hot path and where its answer goes. */
export interface HotRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly pretty: boolean;
  /** Where large answers count until they are read. */
  readonly unread: UnreadAnswers;
  /** Counts of the route. */
  readonly counts: RouteCounts;
  /** When the request's head had come (`performance.now()`). */
  readonly started: number;
  /** The caller; undefined where nobody is asked who calls. It is there before anything of the request is looked up. */
  principal: Principal | undefined;
}

export function answerJson(hot: HotRequest, status: number, json: string, headers?: AnswerHeaders): void {
  const { request, response, pretty, unread } = hot;
  if (response.headersSent || response.destroyed) return;
  const text = pretty ? indented(json) : json;
  unread.makeRoom(text.length);
  sendJson(request, response, status, text, headers);
  unread.written(response, text.length);
  hot.counts.count(status, hot.started);
}

/** Answers 200 with JSON of which is known whether it is ASCII. */
export function answerText(hot: HotRequest, { text, ascii }: Json, headers?: AnswerHeaders): void {
  const { request, response, pretty, unread } = hot;
  if (pretty || !ascii || acceptedEncoding(request) !== undefined) {
    answerJson(hot, 200, text, headers);
  } else if (!response.headersSent && !response.destroyed) {
    unread.makeRoom(text.length);
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": text.length, ...headers });
    response.end(text, "latin1");
    unread.written(response, text.length);
    hot.counts.count(200, hot.started);
  }
}

/** Answers 200 with JSON that is encoded already. */
export function answerBytes(hot: HotRequest, json: Buffer): void {
  const { request, response, pretty } = hot;
  if (pretty || acceptedEncoding(request) !== undefined) answerJson(hot, 200, json.toString("utf8"));
  else if (!response.headersSent && !response.destroyed) {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": json.length });
    response.end(json);
    hot.counts.count(200, hot.started);
  }
}

const buffers = new AnswerBuffers();

/** Answers an OFREP bulk evaluation. */
export function answerBulk(hot: HotRequest, bulk: BulkAnswer): void {
  const { request, response, pretty, unread } = hot;
  const headers = { Etag: bulk.etag };
  unread.makeRoom(bulk.size);
  const buffer = buffers.take(bulk.size);
  const json = buffer.subarray(0, bulk.size);
  bulk.writeTo(json);
  if (pretty || acceptedEncoding(request) !== undefined) {
    answerJson(hot, 200, json.toString("utf8"), headers);
    buffers.give(buffer);
  } else if (!response.headersSent && !response.destroyed) {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": json.length, ...headers });
    // A connection that is cut never says that it has done with the buffer.
    response.end(json, () => buffers.give(buffer));
    unread.written(response, json.length);
    hot.counts.count(200, hot.started);
  }
}

/** Answers that the client has it already. */
export function answerUnchanged({ response, counts, started }: HotRequest, headers: AnswerHeaders): void {
  response.writeHead(304, headers).end();
  counts.count(304, started);
}

/** Answers with an error as JSON: its gRPC code and its message. */
export function answerError(services: ReadServices, hot: HotRequest, thrown: unknown): void {
  const error = loggedError(services, hot.request, thrown);
  // It may have been given an id since, for a line in the log.
  repeatGivenIds(hot.request.headers, hot.response);
  answerJson(hot, errorStatus(error).status, JSON.stringify(errorBody(error)), errorHeaders(error));
}

/** The error to show; a defect is logged, and only there with its stack. */
export function loggedError(services: ReadServices, request: IncomingMessage, thrown: unknown): VexilError {
  const error = shownError(thrown);
  const isDefect = logFailure(services.logger, error, request, requestIds(request.headers));
  if (isDefect) services.tally.count("server_errors");
  countRefusal(services.tally, error);
  return error;
}
