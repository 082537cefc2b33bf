import type { IncomingMessage } from "node:http";

/** Header by which a worker tells the primary, on the socket between them, whose request it forwards. */
export const CLIENT_HEADER = "x-vexil-client";

/** The client of a request that a worker has forwarded. */
export function forwardedClient({ headers }: IncomingMessage): string {
  const client = headers[CLIENT_HEADER];
  return typeof client === "string" ? client : "";
}
