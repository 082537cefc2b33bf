import type { VexilError } from "@vexil/plugin-api/errors";
import { errorBody } from "../error-response.js";

/** Proxies that gather answers would keep events back. */
export const EVENT_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-cache",
  "X-Accel-Buffering": "no",
};

/** Browsers open a stream that has ended again after so long. */
const RETRY_MS = 2_000;

/** Server-sent events (WHATWG HTML, §9.2). */
export const OPENING = `retry: ${RETRY_MS}\n`;
export const HEARTBEAT = ":\n\n";
/** The last event of a stream that does not follow. */
export const CAUGHT_UP = `event: end\ndata: ${JSON.stringify({ type: "caught-up" })}\n\n`;

/** @param text JSON, which has no line ends */
export function eventFrame(cursor: string, text: string): string {
  return `id: ${cursor}\ndata: ${text}\n\n`;
}

/** Without data it is no event to a browser, who remembers the position all the same. */
export function positionFrame(cursor: string): string {
  return `id: ${cursor}\n\n`;
}

/** The commit that an environment is served at; an empty one: it is not served any more. */
export function headFrame(head: {
  readonly environment: string;
  readonly storage?: string;
  readonly revision: string;
}) {
  return `event: head\ndata: ${JSON.stringify(head)}\n\n`;
}

export function errorFrame(error: VexilError): string {
  const { code, message } = errorBody(error);
  return `event: end\ndata: ${JSON.stringify({ type: "error", code, message })}\n\n`;
}
