import type { IncomingMessage, ServerResponse } from "node:http";
import { VexilError } from "@vexil/plugin-api/errors";
import { type Access, isClosed } from "../../access/access-rules.js";
import { type Admission, unauthenticatedError } from "../../access/admission.js";
import { StreamCaller } from "../../access/stream-caller.js";
import { errorStatus, retryHeaders } from "../error-response.js";
import { judgedEnvironment } from "../rights/judged-environment.js";
import { acceptedEncoding, sendText } from "../send-answer.js";
import { type HotRequest, loggedError } from "./hot-request.js";
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

/** Opens a stream. What fails before the first message is a framed error with its status. */
export function openStream(services: ReadServices, hot: HotRequest, target: StreamTarget, kind: StreamKind): void {
  const { request, response } = hot;
  open(services, hot, target, kind).catch((thrown: unknown) => {
    const error = loggedError(services, request, thrown);
    services.tally.count("stream_errors");
    if (response.headersSent || response.destroyed) return;
    sendStreamError(request, response, error, kind.sse);
    hot.counts.count(errorStatus(error).status, hot.started);
  });
}

async function open(
  services: ReadServices,
  hot: HotRequest,
  target: StreamTarget,
  { access, sse }: StreamKind,
): Promise<void> {
  const { request, response } = hot;
  const { namespace } = target;
  const first = judged(services, hot, target, access);
  const { info: asked, snapshot } = first instanceof Promise ? await first : first;
  const digest = knownDigest(target.query);
  // Names of what does not exist are clients' inventions and no labels.
  const label = snapshot?.namespaces.has(namespace) === true ? namespace : "";
  services.tally.count(series("stream_requests", asked.key, label));
  const slot = services.limits.streams.take(services.limits.clientOf(hot.principal, request));
  const release = slot instanceof Promise ? await slot : slot;
  response.once("close", release);
  if (response.destroyed) {
    release();
    return;
  }
  // What was decided before the wait may be decided in another way by now, and nobody has heard of this stream yet.
  const hasWaited = first instanceof Promise || slot instanceof Promise;
  const last = hasWaited ? judged(services, hot, target, access) : first;
  const { info } = last instanceof Promise ? await last : last;
  if (response.destroyed) return;
  const caller = new StreamCaller(access, request.headers, hot.principal);
  const end = services.hub.open({
    environment: info.key,
    namespace,
    response,
    framing: framing(hot, sse),
    digest,
    mayGoOn: () => mayGoOn(services, caller, info.key, namespace),
    isHeld: () => caller.isHeld,
  });
  const watched = { caller, response, end, review: () => services.hub.review() };
  services.gate.watch(watched, !(last instanceof Promise));
  services.tally.observe(series("stream_latency", info.key), performance.now() - hot.started);
  hot.counts.count(200, hot.started);
}

/**
 * The environment whose stream it is, if the caller is let in and may have it.
 * @throws VexilError VEXIL_REFUSED_UNAUTHENTICATED, VEXIL_REFUSED_PERMISSION, VEXIL_NOT_FOUND
 */
function judged(
  services: ReadServices,
  hot: HotRequest,
  { environment, namespace }: StreamTarget,
  access: Access,
): ReadEnvironment | Promise<ReadEnvironment> {
  const { headers } = hot.request;
  const proceed = ({ admitted, principal }: Admission): ReadEnvironment | Promise<ReadEnvironment> => {
    if (!admitted) throw unauthenticatedError();
    hot.principal = principal;
    return judgedEnvironment(services, services.gate.judged(principal), environment, headers, namespace);
  };
  const admission = services.gate.admit(access, headers);
  return admission instanceof Promise ? admission.then(proceed) : proceed(admission);
}

/** Tells whether a stream that is open may go on. While it is found out who its caller is, it stays open. */
function mayGoOn(
  services: ReadServices,
  caller: StreamCaller,
  environment: string,
  namespace: string,
): boolean | Promise<boolean> {
  const { rules } = services.gate;
  if (!rules.rights || !isClosed(rules, caller.access) || caller.unsettledMs !== undefined) return true;
  const { principal } = caller;
  const allowed = principal !== undefined && services.decisions.may(principal, "evaluate", environment, namespace);
  // Once it is known who it is now, it is looked at again.
  return allowed instanceof Promise ? allowed.then((is) => is || !caller.isSettledAs(principal)) : allowed;
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
function framing({ request }: HotRequest, sse: boolean): StreamFraming {
  if (sse) return sseFraming;
  return acceptedEncoding(request) === "gzip" ? new GzipNdjsonFraming() : ndjsonFraming;
}

/** A digest of 40 characters, or one of the 32 that namespaces of several documents have. */
function knownDigest(query: string): string {
  const digest = query === "" ? "" : (new URLSearchParams(query).get("digest") ?? "");
  if (digest === "" || digest.length === 40 || /^[0-9a-f]{32}$/.test(digest)) return digest;
  throw new VexilError("VEXIL_VALIDATION_REQUEST", "invalid field digest: must be a 40-character string");
}
