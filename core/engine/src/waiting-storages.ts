import type { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "./model/clock.js";
import { after, atMost } from "./model/deadlines.js";

const FIRST_MS = 500;
const LONGEST_MS = 5_000;
const JITTER = 0.2;
const CLOSE_MS = 2_000;

/** Tries to open one storage; resolves to the error that waiting may cure, undefined: it is open, or nothing will. */
export type TryToOpen = () => Promise<VexilError | undefined>;

interface Waiting {
  cancel: (() => void) | undefined;
  attempt: Promise<void> | undefined;
  stopped: boolean;
}

/** Storages whose backend is away: each is tried again, with a back-off, until it opens. */
export class WaitingStorages {
  readonly #waiting = new Map<string, Waiting>();
  readonly #clock: Clock;
  readonly #failed: (id: string, error: VexilError, inMs: number) => void;

  /** @param failed told of each try that failed, and when the next one comes */
  constructor(clock: Clock, failed: (id: string, error: VexilError, inMs: number) => void) {
    this.#clock = clock;
    this.#failed = failed;
  }

  has(id: string): boolean {
    return this.#waiting.has(id);
  }

  get ids(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** @param error of the first try; undefined: that is still to come, and at once */
  add(id: string, error: VexilError | undefined, open: TryToOpen): void {
    const waiting: Waiting = { cancel: undefined, attempt: undefined, stopped: false };
    this.#waiting.set(id, waiting);
    const attempt = (failures: number): void => {
      waiting.attempt = open().then((failure) => {
        waiting.attempt = undefined;
        if (waiting.stopped) return;
        if (failure === undefined) this.#waiting.delete(id);
        else later(failure, failures);
      });
    };
    const later = (failure: VexilError, failures: number): void => {
      const delay = Math.min(FIRST_MS * 2 ** failures, LONGEST_MS) * (1 + JITTER * (2 * Math.random() - 1));
      this.#failed(id, failure, delay);
      waiting.cancel = after(this.#clock, delay, () => attempt(failures + 1));
    };
    if (error === undefined) attempt(0);
    else later(error, 0);
  }

  /** Ends the tries; a try under way is waited for, and may still open the storage. */
  async stop(id: string): Promise<void> {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.stopped = true;
    waiting.cancel?.();
    await waiting.attempt;
  }

  /** Ends all tries; those under way are not waited for long, as the process ends. */
  async close(): Promise<void> {
    await atMost(this.#clock, CLOSE_MS, Promise.all(this.ids.map((id) => this.stop(id))));
  }
}
