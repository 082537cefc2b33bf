import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { VexilError } from "@vexil/plugin-api/errors";

/** Requests of one connection that may wait for others' answers; clients that pipeline at all send a few. */
const MOST = 32;

/**
 * Requests that were sent before the ones before them were answered. The engine reads on while nothing has been answered,
 * however many there are, and forgets their answers when the connection ends: here they are counted, and ended with it.
 */
export class PipelinedRequests {
  readonly #queued = new WeakMap<Socket, Set<ServerResponse>>();

  /** Connections whose last answer is a refusal. */
  readonly #refused = new WeakSet<Socket>();

  /**
   * To be called with every request, before it is answered.
   * @returns false when it comes after the one whose answer ends the connection: it gets none
   */
  add({ socket }: IncomingMessage, response: ServerResponse): boolean {
    // The first one of a connection has the socket already, and the engine ends it.
    if (response.socket !== null) return true;
    if (this.#refused.has(socket)) return false;
    const queued = this.#queued.get(socket) ?? this.#follow(socket);
    queued.add(response);
    response.once("close", () => queued.delete(response));
    return true;
  }

  /**
   * Nothing more is read of a connection whose request is refused, and its answer has to end it.
   * @returns why a request that is not answered at once is refused; undefined if it is not
   */
  refusal({ socket }: IncomingMessage): VexilError | undefined {
    if ((this.#queued.get(socket)?.size ?? 0) <= MOST) return undefined;
    this.#refused.add(socket);
    socket.pause();
    return new VexilError(
      "VEXIL_OVERLOADED_REQUESTS",
      `more than ${MOST} requests of this connection wait for their answers; read them before sending more`,
    );
  }

  #follow(socket: Socket): Set<ServerResponse> {
    const queued = new Set<ServerResponse>();
    this.#queued.set(socket, queued);
    socket.once("close", () => {
      for (const response of [...queued]) {
        // As the engine does with the answer that has the socket.
        response.destroyed = true;
        response.emit("close");
      }
    });
    return queued;
  }
}
