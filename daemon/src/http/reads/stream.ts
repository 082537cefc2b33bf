import { VexilError } from "@vexil/core/serving";
import { authenticate } from "../authenticate.js";
import { errorStatus } from "../error-response.js";
import { environmentHeader, requestEnvironment } from "../request-environment.js";
import type { Access } from "../route.js";
import { sendText } from "../send-answer.js";
import { type Exchange, loggedError } from "./exchange.js";
import type { ReadServices } from "./read-services.js";
import {
  GzipNdjsonFraming,
  ndjsonFailure,
  ndjsonFraming,
  type StreamFraming,
  sseFailure,
  sseFraming,
} from "./stream-framing.js";
import { series } from "./tally.js";

export interface StreamRequest {
  readonly environment: string;
  readonly namespace: string;
  readonly query: string;
  readonly access: Access;
  /** Server-sent events, whatever else `Accept` says. */
  readonly sse: boolean;
}

/** Opens a stream (`http-api.md` §4). What fails before the first message is a framed error with its status. */
export function openStream(services: ReadServices, exchange: Exchange, stream: StreamRequest): void {
  const { request, response } = exchange;
  const started = performance.now();
  try {
    authenticate(services.settings().accessRules, stream.access, request.headers);
    const environment = requestEnvironment(services.snapshots, stream.environment, environmentHeader(request.headers))
      .info.key;
    const digest = knownDigest(stream.query);
    services.tally.count(series("stream_requests", environment, stream.namespace));
    services.hub.open({
      environment,
      namespace: stream.namespace,
      response,
      framing: framing(exchange, stream),
      digest,
    });
    services.tally.observe(series("stream_latency", environment), performance.now() - started);
  } catch (thrown) {
    const error = loggedError(services, request, thrown);
    services.tally.count("stream_errors");
    const text = stream.sse ? sseFailure(error) : ndjsonFailure(error);
    const type = stream.sse ? "text/event-stream" : "application/json";
    sendText(request, response, errorStatus(error).status, type, text);
  }
}

/** Only gzip, and only where the client reads NDJSON: event streams are never compressed. */
function framing({ request }: Exchange, { sse }: StreamRequest): StreamFraming {
  if (sse) return sseFraming;
  return request.headers["accept-encoding"]?.includes("gzip") === true ? new GzipNdjsonFraming() : ndjsonFraming;
}

/** A digest of 40 characters, or one of the 32 that namespaces of several documents have (`http-api.md` D7). */
function knownDigest(query: string): string {
  const digest = query === "" ? "" : (new URLSearchParams(query).get("digest") ?? "");
  if (digest === "" || digest.length === 40 || /^[0-9a-f]{32}$/.test(digest)) return digest;
  throw new VexilError("VEXIL_VALIDATION_REQUEST", "invalid field digest: must be a 40-character string");
}
