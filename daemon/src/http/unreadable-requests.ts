import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { addressKey } from "./limits/client-address.js";
import { ToldRefusals } from "./rights/told-refusals.js";

/** A request's line and headers together. */
export const MOST_HEADER_BYTES = 65_536;
/** Time that a client has to take note of the answer while it still sends. */
const TOLD_WITHIN_MS = 2000;

const OVERFLOW = "HPE_HEADER_OVERFLOW";
/** Other faults, answered as Node.js does. */
const STATUS_LINES: Readonly<Record<string, string>> = {
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};
const MESSAGE = `the request's line and headers have more than ${MOST_HEADER_BYTES} bytes`;
const TOO_LARGE = JSON.stringify({ code: 3, message: MESSAGE, details: [] });

/** Answers what cannot be read as a request, and tells in the log of headers that are too large, without their text. */
export function answerUnreadable(server: Server, logger: Logger): void {
  const answered = new WeakSet<Socket>();
  const told = new ToldRefusals();
  const tell = (client: string): void => {
    const repeated = told.take("", performance.now());
    if (repeated !== undefined) logEvent(logger, "http.refused", { client, ...(repeated > 0 && { repeated }) });
  };
  server.on("clientError", ({ code = "" }: NodeJS.ErrnoException, socket: Socket) => {
    // Each piece that comes after it is a fault again.
    if (answered.has(socket)) return;
    answered.add(socket);
    const isOverflow = code === OVERFLOW;
    if (isOverflow) tell(addressKey(socket.remoteAddress));
    if (!socket.writable || isAnswering(socket)) {
      socket.destroy();
      return;
    }
    if (!isOverflow) {
      socket.write(`HTTP/1.1 ${STATUS_LINES[code] ?? "400 Bad Request"}\r\nConnection: close\r\n\r\n`);
      socket.destroySoon();
      return;
    }
    const headers = ["Content-Type: application/json", `Content-Length: ${TOO_LARGE.length}`, "Connection: close"];
    socket.end(`HTTP/1.1 431 Request Header Fields Too Large\r\n${headers.join("\r\n")}\r\n\r\n${TOO_LARGE}`);
    // Closed at once, a client that still sends would be told of a broken connection, and not read the answer.
    const timer = setTimeout(() => socket.destroy(), TOLD_WITHIN_MS).unref();
    socket.once("close", () => clearTimeout(timer));
  });
}

/** Tells whether part of an answer is on the wire; Node.js tells it by the same member. */
function isAnswering(socket: Socket & { readonly _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage?.headersSent === true;
}
