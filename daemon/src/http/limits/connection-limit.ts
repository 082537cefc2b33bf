import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { VexilError } from "@vexil/plugin-api/errors";
import { addressKey, type ClientAddresses } from "./client-address.js";
import type { SharedCounts } from "./shared-counts.js";

/** Connections beyond the limit that are kept, for a moment, to be told so. */
const TOLD_AT_ONCE = 256;
const TOLD_WITHIN_MS = 5000;

/**
 * How many connections an address may have (`server.limits.connections_per_address`). One beyond that is answered once
 * and closed; of many at once the rest are cut. A connection of HTTP/2 does the work of many: there every request under
 * way counts, too.
 */
export class ConnectionLimit {
  readonly #addresses: ClientAddresses;
  readonly #counts: SharedCounts;
  readonly #limit: () => number;
  /** Connections beyond the limit, and requests of HTTP/2. */
  readonly #beyond = new Set<Socket | ServerHttp2Stream>();

  constructor(addresses: ClientAddresses, counts: SharedCounts, limit: () => number) {
    this.#addresses = addresses;
    this.#counts = counts;
    this.#limit = limit;
  }

  /**
   * To be called with each new connection, below TLS.
   * @returns whether it is beyond the limit; if nobody would tell it so, it is cut
   */
  admit(socket: Socket): boolean {
    const { remoteAddress } = socket;
    // Unix sockets are local, and a proxy's connections belong to many.
    if (remoteAddress === undefined || this.#addresses.isTrusted(remoteAddress)) return false;
    const key = addressKey(remoteAddress);
    const count = this.#counts.add(key, 1);
    socket.once("close", () => this.#counts.add(key, -1));
    if (count <= this.#limit()) return false;
    if (this.#beyond.size >= TOLD_AT_ONCE) socket.destroy();
    return true;
  }

  /** To be called with the socket whose first request is to be answered with the refusal. */
  tellLater(socket: Socket): void {
    this.#beyond.add(socket);
    const timer = setTimeout(() => socket.destroy(), TOLD_WITHIN_MS).unref();
    socket.once("close", () => {
      clearTimeout(timer);
      this.#beyond.delete(socket);
    });
  }

  /** To be called with each request of HTTP/2, and its connection. */
  admitStream(socket: Socket, stream: ServerHttp2Stream): void {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || this.#addresses.isTrusted(remoteAddress)) return;
    const key = addressKey(remoteAddress);
    const isBeyond = this.#counts.add(key, 1) > this.#limit() || this.isBeyond(socket);
    if (isBeyond) this.#beyond.add(stream);
    stream.once("close", () => {
      this.#counts.add(key, -1);
      this.#beyond.delete(stream);
    });
  }

  isBeyond(socket: Socket): boolean {
    return this.#beyond.has(socket);
  }

  /** Why a request is not answered; nearly always undefined. */
  refusal(request: IncomingMessage): VexilError | undefined {
    if (this.#beyond.size === 0) return undefined;
    const { stream } = request as Partial<Pick<Http2ServerRequest, "stream">>;
    if (!this.#beyond.has(stream ?? request.socket)) return undefined;
    return new VexilError(
      "VEXIL_OVERLOADED_CONNECTIONS",
      `this address has ${this.#limit()} connections already (server.limits.connections_per_address)`,
      { details: { retryAfterMs: 5000 } },
    );
  }
}
