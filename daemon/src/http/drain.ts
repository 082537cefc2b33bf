import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";

/** How long a connection without a request may stay once draining has begun. */
const IDLE_GRACE_MS = 2000;
const SWEEP_MS = 100;

/** Knows the connections of a server, so that it can be emptied without cutting a request short. */
export class Connections {
  readonly #server: Server;
  /** Connections on which no request has arrived yet. */
  readonly #fresh = new Set<Socket>();
  #draining = false;

  constructor(server: Server) {
    this.#server = server;
    // With TLS, requests arrive on the socket that this event announces, not on the raw one below it.
    server.on("secureConnection", (socket: Socket) => this.#watch(socket));
    server.on("connection", (socket: Socket) => this.#watch(socket));
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
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    // http's own close() cuts idle connections at once, and with them requests that are on their way.
    NetServer.prototype.close.call(this.#server);
    const graceEnds = performance.now() + Math.min(IDLE_GRACE_MS, deadlineMs);
    const sweep = setInterval(() => {
      if (performance.now() < graceEnds) return;
      this.#server.closeIdleConnections();
      for (const socket of this.#fresh) socket.destroy();
    }, SWEEP_MS);
    const deadline = setTimeout(() => this.#server.closeAllConnections(), deadlineMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(deadline);
  }

  #watch(socket: Socket): void {
    this.#fresh.add(socket);
    socket.once("close", () => this.#fresh.delete(socket));
  }
}
