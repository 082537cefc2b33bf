import type { IncomingMessage } from "node:http";
import type { SinkEvent } from "@vexil/plugin-api";
import { readEvents } from "../edge/read-events.js";
import type { ApiClient } from "./api-client.js";
import { RefusedError, UnreachableError } from "./client-errors.js";
import { connectionLost, openEvents } from "./open-events.js";
import { isPassing, pauseBefore } from "./try-again.js";

/** Listener of a daemon's events. */
export interface EventsWatcher {
  readonly signal: AbortSignal;
  /** Called with each event, once. */
  readonly told: (event: SinkEvent, json: string) => void;
  /** Called when the daemon cannot be reached, and when it can be again (undefined). */
  readonly lost: (error: Error | undefined) => void;
}

/**
 * Reads the events of a daemon, until the signal aborts or, without `follow`, all that has happened is told. Where the
 * connection is lost it is opened again and again, at growing intervals, and goes on after the last event.
 * @throws UnreachableError, RefusedError where it cannot be opened first, and where trying again would not help
 */
export async function watchEvents(
  client: ApiClient,
  query: URLSearchParams,
  { signal, told, lost }: EventsWatcher,
): Promise<void> {
  let position: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = position === undefined ? {} : { "last-event-id": position };
      const response = await openEvents(client, `/api/v2/events?${query}`, headers, signal);
      await requireStream(client, response);
      if (failures > 0) lost(undefined);
      failures = 0;
      const ended = await read(client, response, signal, ({ id, data }) => {
        position = id ?? position;
        if (data !== undefined) told(JSON.parse(data) as SinkEvent, data);
      });
      if (ended) return;
      throw new UnreachableError(`the daemon at ${client.url} has ended the stream`);
    } catch (error) {
      if (signal.aborted) return;
      if (position === undefined || !isPassing(error)) throw error;
      if (failures === 0) lost(error as Error);
      failures += 1;
      await pauseBefore(failures, signal);
    }
  }
}

/** @returns whether there is no more to tell */
async function read(
  client: ApiClient,
  response: IncomingMessage,
  signal: AbortSignal,
  heard: (frame: { readonly id: string | undefined; readonly data: string | undefined }) => void,
): Promise<boolean> {
  try {
    for await (const { id, event, data } of readEvents(response)) {
      if (event === "end" && data !== undefined) {
        const { type, message } = JSON.parse(data) as { readonly type: string; readonly message?: string };
        if (type === "caught-up") return true;
        throw new UnreachableError(`the daemon has ended the stream: ${message}`);
      }
      if (event === undefined) heard({ id, data });
    }
    return false;
  } catch (error) {
    if (error instanceof UnreachableError) throw error;
    throw connectionLost(client, error, signal);
  } finally {
    response.destroy();
  }
}

/** Refusals are small. */
const MOST_BYTES = 65_536;

async function requireStream(client: ApiClient, response: IncomingMessage): Promise<void> {
  const { statusCode = 0, headers } = response;
  if (statusCode === 200 && headers["content-type"]?.startsWith("text/event-stream") === true) return;
  let text = "";
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > MOST_BYTES) break;
  }
  let message: unknown;
  try {
    ({ message } = JSON.parse(text) as { readonly message?: unknown });
  } catch {
    throw new UnreachableError(`what answers at ${client.url} is no vexil daemon (status ${statusCode})`);
  }
  const told = typeof message === "string" ? message : `the daemon answers with status ${statusCode}`;
  if (statusCode === 401) {
    throw new UnreachableError(`${told}; give a token with --token-file or the variable VEXIL_TOKEN, or log in`, 401);
  }
  throw new RefusedError(told, statusCode);
}
