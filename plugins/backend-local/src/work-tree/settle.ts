import { statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Git writes the index, then moves HEAD or the branch: looking in between would show a state that never was. */
const QUIET_MS = 25;
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

  async wait(signal?: AbortSignal): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
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

  /** The index has not been replaced just now. */
  get quiet(): boolean {
    return this.#quietForMs() >= QUIET_MS;
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
