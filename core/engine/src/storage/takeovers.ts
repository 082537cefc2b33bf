import type { Clock } from "../model/clock.js";
import { atMost } from "../model/deadlines.js";

/** Longest wait for a storage's successor: reading what a backend holds takes a moment, a first fetch some seconds. */
const WAIT_MS = 10_000;

interface Takeover {
  readonly over: Promise<void>;
  waiting: number;
}

/** Storages that a reload replaces by others of the same id. Whoever writes meanwhile waits, and is not refused. */
export class Takeovers {
  readonly #byId = new Map<string, Takeover>();

  /** @returns ends it, however it went; idempotent */
  begin(id: string): () => void {
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const takeover = { over, waiting: 0 };
    this.#byId.set(id, takeover);
    return () => {
      if (this.#byId.get(id) === takeover) this.#byId.delete(id);
      end();
    };
  }

  isUnderWay(id: string): boolean {
    return this.#byId.has(id);
  }

  /** How many wait for a storage. */
  waitingFor(id: string): number {
    return this.#byId.get(id)?.waiting ?? 0;
  }

  /**
   * Resolves when it is over, and after a while in any case.
   * @param mostMs time that whoever waits has for all he wants, where that is bounded
   */
  async wait(id: string, clock: Clock, mostMs = WAIT_MS): Promise<void> {
    const takeover = this.#byId.get(id);
    if (takeover === undefined) return;
    takeover.waiting += 1;
    await atMost(clock, Math.min(WAIT_MS, mostMs), takeover.over).finally(() => {
      takeover.waiting -= 1;
    });
  }
}
