import type { Socket } from "node:net";
import { VexilError } from "@vexil/plugin-api/errors";
import { addressKey, type ClientAddresses } from "./client-address.js";
import type { SharedCounts } from "./shared-counts.js";

/** Connections beyond the limit that are kept, for a moment, to be told so. */
const TOLD_AT_ONCE = 256;
const TOLD_WITHIN_MS = 5000;

/**
 * How many connections an address may have (`server.limits.connections_per_address`). One beyond that is answered once
 * and closed; of many at once the rest are cut.
 */
export class ConnectionLimit {
  readonly #addresses: ClientAddresses;
  readonly #counts: SharedCounts;
  readonly #limit: () => number;
  readonly #beyond = new Set<Socket>();

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

  /** Why a request on this connection is not answered; nearly always undefined. */
  refusal(socket: Socket): VexilError | undefined {
    if (this.#beyond.size === 0 || !this.#beyond.has(socket)) return undefined;
    return new VexilError(
      "VEXIL_OVERLOADED_CONNECTIONS",
      `this address has ${this.#limit()} connections already (server.limits.connections_per_address)`,
      { details: { retryAfterMs: 5000 } },
    );
  }
}
