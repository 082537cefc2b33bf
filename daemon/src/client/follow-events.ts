import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { ApiClient } from "./api-client.js";
import { RefusedError, UnreachableError } from "./client-errors.js";

/** The daemon says something every 15 s: after so long the connection is dead. */
const SILENCE_MS = 50_000;

/** A stream of a namespace's changes that is to be followed. */
export interface FollowedEvents {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Called once it is open, and with each event. */
  readonly changed: () => void;
}

/**
 * Follows an event stream until it ends, for whatever reason.
 * @throws UnreachableError where there is no stream, or it was cut; RefusedError; the signal's reason
 */
export async function followEvents(
  client: ApiClient,
  { path, headers, signal, changed }: FollowedEvents,
): Promise<void> {
  const response = await open(client, path, headers, signal);
  const { statusCode = 0 } = response;
  if (statusCode !== 200) {
    response.destroy();
    if (statusCode === 401) throw new UnreachableError("the daemon does not take the credential any more", 401);
    throw new RefusedError(`the daemon answers with status ${statusCode} where its events are asked for`, statusCode);
  }
  changed();
  try {
    response.setTimeout(SILENCE_MS, () => response.destroy(new Error(`silent for ${SILENCE_MS / 1_000} s`)));
    // Heartbeats are comments; the last line of an event is an empty one.
    for await (const chunk of response) if (String(chunk).includes("data:")) changed();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new UnreachableError(`the connection to ${client.url} was lost: ${(error as Error).message}`);
  }
}

function open(
  client: ApiClient,
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { url, credential, tls } = client.target(path);
  const send = new URL(url).protocol === "https:" ? tlsRequest : plainRequest;
  const all = { ...headers, ...credential, accept: "text/event-stream" };
  return new Promise((resolve, reject) => {
    // A connection of its own: an idle one of before may have been closed meanwhile.
    const request = send(url, { headers: all, signal, agent: false, timeout: SILENCE_MS, ...tls }, resolve);
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", (error: NodeJS.ErrnoException) =>
      reject(
        signal.aborted ? signal.reason : new UnreachableError(client.unreachable(url, error.code ?? error.message)),
      ),
    );
    request.end();
  });
}
