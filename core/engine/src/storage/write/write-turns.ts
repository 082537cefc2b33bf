import type { Backend, Turn } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import { atMost } from "../../model/deadlines.js";

/** After a turn that did not come, so long nobody asks for one: a daemon that stands still may hold it. */
const DOUBTED_MS = 3_000;

/**
 * Order among the daemons that write to one backend: each waits for its turn instead of doing work that another's swap
 * makes void. Only a courtesy: compare-and-swap decides, with a turn or without.
 */
export class WriteTurns {
  readonly #backend: Backend;
  readonly #clock: Clock;
  #from = Number.NEGATIVE_INFINITY;
  #waiting: Promise<unknown> | undefined;

  constructor(backend: Backend, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
  }

  /** Resolves when no write waits for its turn, or after a while: whose turn comes looks at the branch anyway. */
  async settled(atMostMs: number): Promise<void> {
    if (this.#waiting !== undefined) await atMost(this.#clock, atMostMs, this.#waiting);
  }

  /** Waits for this daemon's turn; undefined: go on without. */
  async take(signal: AbortSignal): Promise<Turn | undefined> {
    const { turn } = this.#backend;
    if (turn === undefined || this.#clock.elapsed() < this.#from) return undefined;
    const asked = turn.call(this.#backend, "write", signal).catch(() => undefined);
    this.#waiting = asked;
    const taken = await asked;
    this.#waiting = undefined;
    if (taken === undefined) this.#from = this.#clock.elapsed() + DOUBTED_MS;
    return taken;
  }
}
