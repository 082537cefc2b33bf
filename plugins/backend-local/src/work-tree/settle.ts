import { statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Git writes the index, then moves HEAD or the branch: looking in between would show a state that never was. */
const QUIET_MS = 25;
/** The same while others wait for us: what git itself needs for that, and some more. */
const QUIET_LOCKED_MS = 10;
/** A command that holds the lock for longer, or was killed, is not waited for. */
const PATIENCE_MS = 500;

/** Waits while a person's git command is at work in a work tree. */
export class Settle {
  readonly #index: string;
  /** A lock that was waited for in vain: likely its command is dead. */
  #given: string | undefined;

  constructor(index: string) {
    this.#index = index;
  }

  /** @param patienceMs after that, it is looked at as it is */
  async wait(signal?: AbortSignal, patienceMs = PATIENCE_MS): Promise<void> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const lock = this.#lock();
      if (lock === undefined) this.#given = undefined;
      const busy = lock !== undefined && lock !== this.#given;
      if (!busy && this.#quietForMs() >= QUIET_MS) return;
      if (performance.now() > until) {
        this.#given = lock;
        return;
      }
      await delay(5, undefined, { signal });
    }
  }

  /** With the lock held, so that the index stays as it is: until git has had time to move HEAD as well. */
  async waitLocked(): Promise<void> {
    while (this.#quietForMs() < QUIET_LOCKED_MS) await delay(2);
  }

  get busy(): boolean {
    const lock = this.#lock();
    return lock !== undefined && lock !== this.#given;
  }

  #lock(): string | undefined {
    const stat = statSync(`${this.#index}.lock`, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? undefined : `${stat.ino} ${stat.ctimeNs}`;
  }

  /** The clock of the file system may be ahead of ours. */
  #quietForMs(): number {
    const stat = statSync(this.#index, { throwIfNoEntry: false });
    return stat === undefined ? QUIET_MS : Math.abs(Date.now() - stat.ctimeMs);
  }
}
