import { VexilError } from "@vexil/plugin-api/errors";
import type { LoginAttempt } from "./login-attempts.js";
import { RunningCalls } from "./running-calls.js";

/**
 * Requests that wait for a provider: one that does not answer holds no more than so many of them, and no client takes
 * all of these places.
 */
export class ProviderWaits {
  readonly #most: number;
  readonly #mostOfClient: number;
  readonly #running = new RunningCalls();

  /**
   * @param most of each provider at the same time
   * @param mostOfClient of these of one client
   */
  constructor(most: number, mostOfClient = most / 4) {
    this.#most = most;
    this.#mostOfClient = mostOfClient;
  }

  /** @throws VexilError VEXIL_OVERLOADED_REQUESTS, and what `work` throws */
  async hold<T>({ method, provider = "", client }: LoginAttempt, work: () => Promise<T>): Promise<T> {
    const place = `${method} ${provider}`;
    // Without an address it came by a Unix socket, as all do there.
    const own = client === "" ? undefined : `${place} ${client}`;
    if (this.#running.of(place) >= this.#most || (own && this.#running.of(own) >= this.#mostOfClient)) {
      const details = { retryAfterMs: 1000 };
      throw new VexilError("VEXIL_OVERLOADED_REQUESTS", "too many logins wait for this provider; try again", {
        details,
      });
    }
    const over = [place, own].map((name) => (name === undefined ? undefined : this.#running.begin(name)));
    try {
      return await work();
    } finally {
      for (const end of over) end?.();
    }
  }
}
