import { systemClock } from "@vexil/engine/model/clock";
import { within } from "@vexil/engine/model/deadlines";
import { FairTurns } from "@vexil/flags/parse/fair-turns";
import { VexilError } from "@vexil/plugin-api/errors";
import { actorOf } from "../../access/principal.js";
import type { RouteRequest } from "../route.js";

/** Packs made at the same time for one client, and for all; a client that has none gets one beyond them. */
const USUAL = 8;
const MOST = 12;
/** Requests that wait for their turn, of one client and of all, and for how long. */
const CLIENT_WAITING = 24;
const WAITING = 256;
const WAIT_MS = 20_000;
const RETRY_MS = 10_000;

/** Packs take memory and time as long as their clients read: a few at a time, and some that wait. */
export class PackTurns {
  readonly #turns = new FairTurns({ usual: USUAL, most: MOST });
  readonly #waiting = new Map<string, number>();
  #total = 0;

  /**
   * Waits until it is the client's turn, or the signal aborts.
   * @returns ends the turn
   * @throws VexilError VEXIL_OVERLOADED_PACKS
   */
  async take(
    { principal, client }: Pick<RouteRequest, "principal" | "client">,
    signal: AbortSignal,
  ): Promise<() => void> {
    const group = principal === undefined ? client : actorOf(principal);
    const before = this.#waiting.get(group) ?? 0;
    if (before >= CLIENT_WAITING || this.#total >= WAITING) throw overloaded();
    this.#waiting.set(group, before + 1);
    this.#total += 1;
    try {
      const take = (patience: AbortSignal): Promise<boolean> => this.#turns.take(group, patience);
      if (await within(systemClock, WAIT_MS, take, { also: signal })) return once(() => this.#turns.release(group));
      signal.throwIfAborted();
      throw overloaded();
    } finally {
      this.#total -= 1;
      const left = (this.#waiting.get(group) ?? 1) - 1;
      if (left > 0) this.#waiting.set(group, left);
      else this.#waiting.delete(group);
    }
  }
}

function overloaded(): VexilError {
  return new VexilError("VEXIL_OVERLOADED_PACKS", "too many git clients are fetching; try again soon", {
    details: { retryAfterMs: RETRY_MS },
  });
}

function once(release: () => void): () => void {
  let isReleased = false;
  return () => {
    if (!isReleased) release();
    isReleased = true;
  };
}
