import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";

/** Whoever writes thousands has a line at first, and then no more than one in this time. */
const QUIET_MS = 10 * 60_000;

/** Tells in the log of entries that somebody else has written to a place where daemons exchange ends of sessions. */
export class RefusedEntries {
  readonly #logger: Logger;
  readonly #place: string;
  #count = 0;
  #quietUntil = 0;

  constructor(logger: Logger, place: string) {
    this.#logger = logger;
    this.#place = place;
  }

  tell(count: number): void {
    this.#count += count;
    if (performance.now() < this.#quietUntil) return;
    this.#quietUntil = performance.now() + QUIET_MS;
    logEvent(this.#logger, "session.forged", { place: this.#place, count: this.#count });
    this.#count = 0;
  }
}
