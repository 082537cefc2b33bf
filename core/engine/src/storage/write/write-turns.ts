import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Backend, Turn } from "@vexil/plugin-api";

/** After a turn that did not come, so long nobody asks for one: a daemon that stands still may hold it. */
const DOUBTED_MS = 3_000;

/**
 * Order among the daemons that write to one backend: each waits for its turn instead of doing work that another's swap
 * makes void. Only a courtesy: compare-and-swap decides, with a turn or without.
 */
export class WriteTurns {
  readonly #backend: Backend;
  #from = Number.NEGATIVE_INFINITY;
  #waiting: Promise<unknown> | undefined;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Resolves when no write waits for its turn, or after a while: whose turn comes looks at the branch anyway. */
  async settled(atMostMs: number): Promise<void> {
    if (this.#waiting !== undefined) await Promise.race([this.#waiting, sleep(atMostMs, undefined, { ref: false })]);
  }

  /** Waits for this daemon's turn; undefined: go on without. */
  async take(signal: AbortSignal): Promise<Turn | undefined> {
    const { turn } = this.#backend;
    if (turn === undefined || performance.now() < this.#from) return undefined;
    const asked = turn.call(this.#backend, "write", signal).catch(() => undefined);
    this.#waiting = asked;
    const taken = await asked;
    this.#waiting = undefined;
    if (taken === undefined) this.#from = performance.now() + DOUBTED_MS;
    return taken;
  }
}
