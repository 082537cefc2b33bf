import { FairTurns } from "@vexil/flags/parse/fair-turns";
import { VexilError } from "@vexil/plugin-api/errors";
import { actorOf } from "../../access/principal.js";
import type { Answer, Route, RouteRequest } from "../route.js";

/** Requests of one client that are worked at together, and of all clients; a client that has none gets one beyond them. */
const USUAL = 2;
const MOST = 4;
/** Requests of one client that wait, and of all clients. */
const CLIENT_WAITING = 64;
const WAITING = 1_000;
const RETRY_MS = 5_000;

/**
 * Requests that may take seconds of processor time: a few at a time, no client waits for another, and who asks for more
 * than it may have waiting is told to come again.
 */
export class LongWork {
  readonly #turns = new FairTurns({ usual: USUAL, most: MOST });
  readonly #waiting = new Map<string, number>();
  #total = 0;

  /** The same route, each of whose requests waits for its turn. */
  limit(route: Route): Route {
    return { ...route, handle: (request) => this.#run(request, () => route.handle(request)) };
  }

  async #run(request: RouteRequest, work: () => Answer | Promise<Answer>): Promise<Answer> {
    const client = clientOf(request);
    await this.#turn(client);
    try {
      // Who has gone away meanwhile takes no more of the turn.
      request.signal.throwIfAborted();
      return await work();
    } finally {
      this.#turns.release(client);
    }
  }

  async #turn(client: string): Promise<void> {
    const waiting = this.#waiting.get(client) ?? 0;
    if (waiting >= CLIENT_WAITING || this.#total >= WAITING) {
      const message = `${waiting} requests of this client that take long are waiting; try again later`;
      throw new VexilError("VEXIL_OVERLOADED_WORK", message, { details: { retryAfterMs: RETRY_MS } });
    }
    this.#waiting.set(client, waiting + 1);
    this.#total += 1;
    await this.#turns.take(client);
    this.#total -= 1;
    const left = (this.#waiting.get(client) ?? 1) - 1;
    if (left > 0) this.#waiting.set(client, left);
    else this.#waiting.delete(client);
  }
}

/** A caller that has shown who it is, else an address. */
function clientOf({ principal, client }: RouteRequest): string {
  return principal === undefined ? client : actorOf(principal);
}
