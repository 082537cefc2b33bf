import type { ApiClient } from "./api-client.js";
import { RefusedError, UnreachableError } from "./client-errors.js";
import { connectionLost, openEvents } from "./open-events.js";

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
  const response = await openEvents(client, path, headers, signal);
  const { statusCode = 0 } = response;
  if (statusCode !== 200) {
    response.destroy();
    if (statusCode === 401) throw new UnreachableError("the daemon does not take the credential any more", 401);
    throw new RefusedError(`the daemon answers with status ${statusCode} where its events are asked for`, statusCode);
  }
  changed();
  try {
    // Heartbeats are comments; the last line of an event is an empty one.
    for await (const chunk of response) if (String(chunk).includes("data:")) changed();
  } catch (error) {
    throw connectionLost(client, error, signal);
  }
}
