import { constants } from "node:http2";
import type { PlainHttp2Request } from "./http2-request.js";
import type { PlainHttp2Response } from "./http2-response.js";

interface Unfinished {
  readonly response: PlainHttp2Response;
  /** When its head had come (`performance.now()`). */
  readonly since: number;
}

/** Requests by HTTP/2 whose bodies are on their way. */
export class UnfinishedRequests {
  readonly #timeoutMs: number;
  readonly #requests = new Map<PlainHttp2Request, Unfinished>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  add(request: PlainHttp2Request, response: PlainHttp2Response): void {
    const { stream } = request;
    this.#requests.set(request, { response, since: performance.now() });
    request.once("end", () => this.#requests.delete(request));
    stream.once("close", () => this.#requests.delete(request));
    // Nobody reads on once the answer has been given (RFC 9113 §8.1).
    stream.once("finish", () => this.#requests.has(request) && stream.close(constants.NGHTTP2_NO_ERROR));
  }

  /** Ends those that have taken too long, as HTTP/1.1's server does. */
  refuseLate(now: number): void {
    for (const [{ stream }, { response, since }] of this.#requests) {
      if (now - since < this.#timeoutMs) continue;
      if (response.headersSent) stream.close(constants.NGHTTP2_CANCEL);
      else response.writeHead(408, { "content-length": 0 }).end();
    }
  }
}
