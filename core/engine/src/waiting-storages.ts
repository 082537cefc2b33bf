import type { VexilError } from "@vexil/plugin-api/errors";
import type { Observable } from "rxjs";
import type { Clock } from "./model/clock.js";
import { atMost, delay } from "./model/deadlines.js";
import { emitting } from "./operators/emitting.js";

const FIRST_MS = 500;
const LONGEST_MS = 5_000;
const JITTER = 0.2;
const CLOSE_MS = 2_000;

/**
 * Tries to open one storage, unless its signal aborts before; resolves to the error that waiting may cure, undefined: it
 * is open, or nobody wants it any more.
 */
export type TryToOpen = (signal: AbortSignal) => Promise<VexilError | undefined>;

/** A try that failed, and when the next one comes. */
export interface FailedTry {
  readonly error: VexilError;
  readonly inMs: number;
}

interface Waiting {
  readonly stopping: AbortController;
  /** Resolves when the last try has ended. */
  ended: Promise<void>;
}

/** Storages whose backend is away: each is tried again, with a back-off, until it opens. */
export class WaitingStorages {
  readonly #waiting = new Map<string, Waiting>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get ids(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /**
   * Begins to wait.
   * @param error of the first try; undefined: that is still to come, and at once
   * @returns the tries that fail; subscribing begins them
   */
  add(id: string, error: VexilError | undefined, open: TryToOpen): Observable<FailedTry> {
    const waiting: Waiting = { stopping: new AbortController(), ended: Promise.resolve() };
    this.#waiting.set(id, waiting);
    return emitting((emit) => {
      waiting.ended = this.#try(error, open, waiting.stopping.signal, emit).finally(() => {
        if (this.#waiting.get(id) === waiting) this.#waiting.delete(id);
      });
      return waiting.ended;
    });
  }

  /** Ends the tries; one under way is told so, and waited for. */
  async stop(id: string): Promise<void> {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.stopping.abort();
    await waiting.ended;
  }

  /** Ends all tries; those under way are not waited for long, as the process ends. */
  async close(): Promise<void> {
    await atMost(this.#clock, CLOSE_MS, Promise.all(this.ids.map((id) => this.stop(id))));
  }

  async #try(
    first: VexilError | undefined,
    open: TryToOpen,
    stopped: AbortSignal,
    emit: (failed: FailedTry) => void,
  ): Promise<void> {
    let error = first ?? (await open(stopped));
    for (let failures = 0; error !== undefined && !stopped.aborted; failures += 1) {
      const inMs = Math.min(FIRST_MS * 2 ** failures, LONGEST_MS) * (1 + JITTER * (2 * Math.random() - 1));
      emit({ error, inMs });
      await delay(this.#clock, inMs, stopped).catch(() => undefined);
      if (stopped.aborted) return;
      error = await open(stopped);
    }
  }
}
