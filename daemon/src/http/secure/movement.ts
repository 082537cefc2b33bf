import type { ServerHttp2Session } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { ConnectionDeadlines } from "../connection-deadlines.js";

/**
 * The bytes that move on a connection with requests under way. After some errors of a client the engine tells it so
 * (GOAWAY), and then neither reads nor writes, ends neither the connection nor its requests, and does not see the client
 * go. A ping that it does not even write tells such a connection from one on which there is nothing to say.
 */
export class Movement {
  readonly #session: ServerHttp2Session;
  readonly #socket: TLSSocket;
  #bytes = 0;
  /** When something was seen to have moved, and when a ping was given to the engine after that (`performance.now()`). */
  #movedAt = performance.now();
  #askedAt: number | undefined;
  #isLate = false;

  constructor(session: ServerHttp2Session, socket: TLSSocket) {
    this.#session = session;
    this.#socket = socket;
  }

  /** To be called now and then while requests are under way. */
  hasCeased(now: number, { headersTimeout, readTimeout }: ConnectionDeadlines): boolean {
    const bytes = this.#socket.bytesRead + this.#socket.bytesWritten;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#movedAt = now;
      this.#askedAt = undefined;
      this.#isLate = false;
    } else if (this.#askedAt === undefined) {
      if (now - this.#movedAt > headersTimeout) this.#ask(now);
    } else if (now - this.#askedAt > readTimeout) {
      // Only when it is seen again: in between, what waited while this process stood still is read and written.
      if (this.#isLate) return true;
      this.#isLate = true;
    }
    return false;
  }

  #ask(now: number): void {
    this.#askedAt = now;
    if (!this.#session.destroyed) this.#session.ping(() => {});
  }
}
