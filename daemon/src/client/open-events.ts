import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { ApiClient } from "./api-client.js";
import { UnreachableError } from "./client-errors.js";

/** The daemon says something every 15 s: after so long the connection is dead. */
const SILENCE_MS = 50_000;

/**
 * Opens an event stream; what is not a stream is answered all the same. A silent one is cut.
 * @throws UnreachableError where nobody answers; the signal's reason
 */
export function openEvents(
  client: ApiClient,
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { url, credential, tls } = client.target(path);
  const send = new URL(url).protocol === "https:" ? tlsRequest : plainRequest;
  const all = { ...headers, ...credential, accept: "text/event-stream" };
  return new Promise((resolve, reject) => {
    const opened = (response: IncomingMessage): void => {
      response.setTimeout(SILENCE_MS, () => response.destroy(new Error(`silent for ${SILENCE_MS / 1_000} s`)));
      resolve(response);
    };
    // A connection of its own: an idle one of before may have been closed meanwhile.
    const request = send(url, { headers: all, signal, agent: false, timeout: SILENCE_MS, ...tls }, opened);
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", (error: NodeJS.ErrnoException) =>
      reject(
        signal.aborted ? signal.reason : new UnreachableError(client.unreachable(url, error.code ?? error.message)),
      ),
    );
    request.end();
  });
}

/** Error of a stream that was cut; the signal's reason where that did it. */
export function connectionLost(client: ApiClient, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return new UnreachableError(`the connection to ${client.url} was lost: ${(error as Error).message}`);
}
