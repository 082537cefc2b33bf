import { exchangeError } from "@vexil/git/transport/http-errors";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import type { UpstreamHead } from "./nudges.js";
import { readEvents } from "./read-events.js";
import type { UpstreamClient } from "./upstream-client.js";

/** A message names an environment, a storage and a commit. */
const MOST_LETTERS = 65_536;
/** The upstream says something every 15 s. */
export const SILENCE_MS = 45_000;

const head = z.object({
  environment: z.string().min(1),
  storage: z.string().optional(),
  revision: z.string().regex(/^(?:[0-9a-f]{40,64})?$/),
});

/**
 * Follows the upstream's stream of heads until it ends, which is never well: who follows opens it again.
 * @throws VexilError
 */
export async function followHeads(
  client: UpstreamClient,
  heard: (head: UpstreamHead) => void,
  signal: AbortSignal,
  silenceMs: number = SILENCE_MS,
): Promise<never> {
  const headers = { accept: "text/event-stream" };
  const request = { method: "GET", path: "/api/v2/events?tell=heads", headers, signal, silenceMs } as const;
  const { body, headers: answered } = await client.asOwn(request);
  try {
    if (!String(answered["content-type"]).startsWith("text/event-stream")) {
      throw new VexilError("VEXIL_REMOTE_PROTOCOL", "it answers with no stream of events; is it a vexil daemon?");
    }
    for await (const { event, data } of readEvents(body, MOST_LETTERS)) {
      if (event === "end") throw new VexilError("VEXIL_CONNECTION_RESET", "it has ended the stream of events");
      if (event === "head" && data !== undefined) heard(head.parse(JSON.parse(data)));
    }
    throw new VexilError("VEXIL_CONNECTION_RESET", "the stream of events has ended");
  } catch (error) {
    throw client.named(streamError(error, silenceMs));
  } finally {
    body.destroy();
  }
}

function streamError(error: unknown, silenceMs: number): VexilError {
  if (VexilError.is(error)) return error;
  const { code, name } = error as NodeJS.ErrnoException;
  if (code === "UND_ERR_BODY_TIMEOUT") {
    return new VexilError("VEXIL_CONNECTION_TIMEOUT", `its stream of events has been silent for ${silenceMs / 1000} s`);
  }
  if (code === undefined && name !== "AbortError") {
    return new VexilError("VEXIL_REMOTE_PROTOCOL", "its stream of events holds something else", { cause: error });
  }
  return exchangeError(error, "body", "http");
}
