import type { Clock } from "@vexil/engine/model/clock";

/** A clock that has shown the right time for so long is believed. */
const TRUSTED_MS = 10 * 60_000;
const EVERY_MS = 3_600_000;
/** A clock that is off by more was set. */
const JUMP_MS = 5_000;

/**
 * Tells when it is time to forget what is too old: every hour, but not soon after the clock was set. A machine that
 * starts in the wrong year must not lose what it knows.
 */
export class Retention {
  readonly #clock: Clock;
  #seen: { readonly now: number; readonly elapsed: number };
  #trustedSince: number;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#seen = { now: clock.now(), elapsed: clock.elapsed() };
    this.#trustedSince = this.#seen.elapsed;
  }

  isDue(): boolean {
    const [now, elapsed] = [this.#clock.now(), this.#clock.elapsed()];
    const isSet = Math.abs(now - this.#seen.now - (elapsed - this.#seen.elapsed)) > JUMP_MS;
    this.#seen = { now, elapsed };
    if (isSet) this.#trustedSince = elapsed;
    if (elapsed - this.#trustedSince < TRUSTED_MS || elapsed - this.#lastMs < EVERY_MS) return false;
    this.#lastMs = elapsed;
    return true;
  }
}
