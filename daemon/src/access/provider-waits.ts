import { VexilError } from "@vexil/plugin-api/errors";
import type { LoginPlace } from "./login-attempts.js";
import { RunningCalls } from "./running-calls.js";

/** Requests that wait for a provider: one that does not answer holds no more than so many of them. */
export class ProviderWaits {
  readonly #most: number;
  readonly #running = new RunningCalls();

  /** @param most of each provider at the same time */
  constructor(most: number) {
    this.#most = most;
  }

  /** @throws VexilError VEXIL_OVERLOADED_REQUESTS, and what `work` throws */
  async hold<T>({ method, provider = "" }: LoginPlace, work: () => Promise<T>): Promise<T> {
    const place = `${method} ${provider}`;
    if (this.#running.of(place) >= this.#most) {
      const details = { retryAfterMs: 1000 };
      throw new VexilError("VEXIL_OVERLOADED_REQUESTS", "too many logins wait for this provider; try again", {
        details,
      });
    }
    const over = this.#running.begin(place);
    try {
      return await work();
    } finally {
      over();
    }
  }
}
