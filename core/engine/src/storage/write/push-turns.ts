import type { Clock } from "../../model/clock.js";
import { atMost } from "../../model/deadlines.js";

/** A push that takes longer may hang: nobody waits for it, and the remote decides who was first. */
const PATIENCE_MS = 3_000;

/**
 * Order between the pushes of writes and those of what a user has committed: one of them would move the branch under
 * the other, which would then begin anew. A write takes the user's commits along, so it goes first. Only a courtesy:
 * the remote's compare-and-swap decides.
 */
export class PushTurns {
  readonly #clock: Clock;
  readonly #writes = new Set<Promise<unknown>>();
  #ahead: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Begins a try of a write; pushes of a user's commits that have not begun wait for its end.
   * @returns what ends it; idempotent
   */
  write(): () => void {
    let end: () => void = () => undefined;
    const running = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#writes.add(running);
    return () => {
      this.#writes.delete(running);
      end();
    };
  }

  /** Resolves when no push of a user's commits is under way; to be awaited before a write's own push. */
  async clear(): Promise<void> {
    await this.#settled([this.#ahead]);
  }

  /** Pushes a user's commits once no write is under way. */
  async ahead(push: () => Promise<void>): Promise<void> {
    if (this.#writes.size > 0) await this.#settled(this.#writes);
    this.#ahead = push();
    await this.#ahead;
  }

  /** Resolves when all have ended, or after a while. */
  #settled(pushes: Iterable<Promise<unknown>>): Promise<void> {
    return atMost(this.#clock, PATIENCE_MS, Promise.allSettled(pushes));
  }
}
