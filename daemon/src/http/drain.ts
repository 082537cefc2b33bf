import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { type TLSSocket, Server as TlsServer } from "node:tls";
import type { Http2Connections } from "./secure/http2-connections.js";

/** How long a connection without a request may stay once draining has begun. */
const IDLE_GRACE_MS = 2000;
const SWEEP_MS = 100;

/** Knows the connections of a server, so that it can be emptied without cutting a request short. */
export class Connections {
  readonly #server: Server;
  readonly #http2: Http2Connections | undefined;
  /** All that are open, where the server was handed them. */
  readonly #open = new Set<Socket>();
  /** Connections on which no request has arrived yet. */
  readonly #fresh = new Set<Socket>();
  /** Connections whose handshake is not over, by their clients' ports. */
  readonly #handshakes = new Map<string, Socket>();
  #draining = false;

  /** @param http2 connections of the server that are none of HTTP/1.1 */
  constructor(server: Server, http2: Http2Connections | undefined) {
    this.#server = server;
    this.#http2 = http2;
    // With TLS, requests arrive on the socket that comes when the handshake is done. What cuts the one below cuts both.
    const isSecure = server instanceof TlsServer;
    server.on("connection", (socket: Socket) => {
      if (!server.listening) this.#count(socket);
      if (isSecure) this.#shake(socket);
      else this.#watch(socket);
    });
    server.on("secureConnection", (socket: TLSSocket) => {
      this.#handshakes.delete(peerOf(socket));
      if (socket.alpnProtocol !== "h2") this.#watch(socket);
    });
  }

  /** To be called first with each request. */
  admit(socket: Socket, response: ServerResponse): void {
    this.#fresh.delete(socket);
    if (this.#draining) response.shouldKeepAlive = false;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Stops accepting and resolves when every connection has ended: those with a request under way when it is answered,
   * idle ones after a short grace (their client may be sending just now), the rest at the deadline.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.#draining = true;
    if (!this.#server.listening && this.#open.size === 0) return;
    const closed = this.#server.listening ? once(this.#server, "close") : this.#allClosed();
    // http's own close() cuts idle connections at once, and with them requests that are on their way.
    NetServer.prototype.close.call(this.#server);
    this.#http2?.drain();
    const graceEnds = performance.now() + Math.min(IDLE_GRACE_MS, deadlineMs);
    const sweep = setInterval(() => {
      if (performance.now() < graceEnds) return;
      this.#server.closeIdleConnections();
      this.#http2?.closeIdle();
      for (const socket of [...this.#fresh, ...this.#handshakes.values()]) socket.destroy();
    }, SWEEP_MS);
    const deadline = setTimeout(() => {
      this.#server.closeAllConnections();
      this.#http2?.destroy();
    }, deadlineMs);
    await closed;
    this.#http2?.destroy();
    clearInterval(sweep);
    clearTimeout(deadline);
  }

  async #allClosed(): Promise<void> {
    await Promise.all([...this.#open].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  }

  #count(socket: Socket): void {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
  }

  #shake(socket: Socket): void {
    const peer = peerOf(socket);
    this.#handshakes.set(peer, socket);
    socket.once("close", () => this.#handshakes.delete(peer));
  }

  #watch(socket: Socket): void {
    this.#fresh.add(socket);
    socket.once("close", () => this.#fresh.delete(socket));
  }
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
