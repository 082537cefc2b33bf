import type { Socket } from "node:net";
import { sharedClock } from "./connection-dealer.js";
import type { ConnectionMessage, FromWorker } from "./messages.js";

/** A connection that was offered longer ago is another worker's by now. */
const TAKEN_WITHIN_MS = 1500;

/** The connections that a worker was handed, which it counts for whoever deals them. */
export class HandedConnections {
  readonly #send: (message: FromWorker) => void;
  #open = 0;
  #isTelling = false;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  /**
   * @param socket undefined: it was closed on its way
   * @param serve undefined: this worker takes none
   */
  take({ id, offeredAt }: ConnectionMessage, socket: Socket | undefined, serve?: (socket: Socket) => void): void {
    const isTaken = serve !== undefined && sharedClock() - offeredAt < TAKEN_WITHIN_MS;
    if (isTaken && socket !== undefined) this.#count(socket);
    this.#send({ type: "connections", open: this.#open, offer: { id, isTaken } });
    if (socket === undefined) return;
    if (isTaken) serve(socket);
    // Only this process's own hold on it.
    else socket.destroy();
  }

  #count(socket: Socket): void {
    this.#open += 1;
    socket.once("close", () => {
      this.#open -= 1;
      if (this.#isTelling) return;
      this.#isTelling = true;
      setImmediate(() => {
        this.#isTelling = false;
        this.#send({ type: "connections", open: this.#open });
      });
    });
  }
}
