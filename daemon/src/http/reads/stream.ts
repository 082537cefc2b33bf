import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { isClosed } from "../../access/access-rules.js";
import type { Admission } from "../../access/admission.js";
import { errorStatus, retryHeaders, unauthenticatedError } from "../error-response.js";
import type { Release } from "../limits/stream-slots.js";
import { judgedEnvironment } from "../rights/judged-environment.js";
import type { Access } from "../route.js";
import { acceptedEncoding, sendText } from "../send-answer.js";
import { type Exchange, loggedError } from "./exchange.js";
import type { ReadServices } from "./read-services.js";
import type { ReadEnvironment } from "./read-snapshots.js";
import {
  GzipNdjsonFraming,
  ndjsonFailure,
  ndjsonFraming,
  type StreamFraming,
  sseFailure,
  sseFraming,
} from "./stream-framing.js";
import { series } from "./tally.js";

/** Which namespace's stream, as the path names it, and the query. */
export interface StreamTarget {
  readonly environment: string;
  readonly namespace: string;
  readonly query: string;
}

export interface StreamKind {
  readonly access: Access;
  /** Server-sent events, whatever else `Accept` says. */
  readonly sse: boolean;
}

/** Opens a stream (`http-api.md` §4). What fails before the first message is a framed error with its status. */
export function openStream(
  services: ReadServices,
  exchange: Exchange,
  target: StreamTarget,
  { access, sse }: StreamKind,
): void {
  const { request, response } = exchange;
  const fail = (thrown: unknown): void => {
    const error = loggedError(services, request, thrown);
    services.tally.count("stream_errors");
    if (response.headersSent || response.destroyed) return;
    sendStreamError(request, response, error, sse);
    exchange.counts.count(errorStatus(error).status, exchange.started);
  };
  const open = ({ info, snapshot }: ReadEnvironment): Promise<void> | undefined => {
    const environment = info.key;
    const { principal } = exchange;
    const digest = knownDigest(target.query);
    // Names of what does not exist are clients' inventions and no labels.
    const label = snapshot?.namespaces.has(target.namespace) === true ? target.namespace : "";
    services.tally.count(series("stream_requests", environment, label));
    const start = (release: Release): void => {
      response.once("close", release);
      if (response.destroyed) {
        release();
        return;
      }
      const end = services.hub.open({
        environment,
        namespace: target.namespace,
        response,
        framing: framing(exchange, sse),
        digest,
        mayGoOn: () => mayEvaluate(services, access, principal, environment, target.namespace),
      });
      services.gate.watch({ access, headers: request.headers, principal, response, end });
      services.tally.observe(series("stream_latency", environment), performance.now() - exchange.started);
      exchange.counts.count(200, exchange.started);
    };
    const slot = services.limits.streams.take(services.limits.clientOf(principal, request));
    if (slot instanceof Promise) return slot.then(start);
    start(slot);
    return undefined;
  };
  const proceed = ({ admitted, principal }: Admission): Promise<void> | undefined => {
    if (!admitted) throw unauthenticatedError();
    exchange.principal = principal;
    const { environment, namespace } = target;
    const caller = services.gate.judged(principal);
    const judged = judgedEnvironment(services, caller, environment, request.headers, namespace);
    return judged instanceof Promise ? judged.then(open) : open(judged);
  };
  try {
    const admission = services.gate.admit(access, request.headers);
    const opened = admission instanceof Promise ? admission.then(proceed) : proceed(admission);
    opened?.catch(fail);
  } catch (thrown) {
    fail(thrown);
  }
}

/** Tells whether a stream that is open may go on. */
function mayEvaluate(
  services: ReadServices,
  access: Access,
  caller: Caller | undefined,
  environment: string,
  namespace: string,
): boolean | Promise<boolean> {
  const { rules } = services.gate;
  if (!rules.rights || !isClosed(rules, access)) return true;
  return caller !== undefined && services.decisions.may(caller, "evaluate", environment, namespace);
}

/** Answers with an error in a stream's own form. */
export function sendStreamError(
  request: IncomingMessage,
  response: ServerResponse,
  error: VexilError,
  sse: boolean,
): void {
  if (response.headersSent || response.destroyed) return;
  const text = sse ? sseFailure(error) : ndjsonFailure(error);
  const type = sse ? "text/event-stream" : "application/json";
  sendText(request, response, errorStatus(error).status, type, text, retryHeaders(error));
}

/** Only gzip, and only where the client reads NDJSON: event streams are never compressed. */
function framing({ request }: Exchange, sse: boolean): StreamFraming {
  if (sse) return sseFraming;
  return acceptedEncoding(request) === "gzip" ? new GzipNdjsonFraming() : ndjsonFraming;
}

/** A digest of 40 characters, or one of the 32 that namespaces of several documents have (`http-api.md` D7). */
function knownDigest(query: string): string {
  const digest = query === "" ? "" : (new URLSearchParams(query).get("digest") ?? "");
  if (digest === "" || digest.length === 40 || /^[0-9a-f]{32}$/.test(digest)) return digest;
  throw new VexilError("VEXIL_VALIDATION_REQUEST", "invalid field digest: must be a 40-character string");
}
