import { setImmediate as turn } from "node:timers/promises";
import type { WorkerHandle } from "./worker-handle.js";

const LOOK_MS = 1_000;
/** A worker that has said nothing for so long is silent at a look. */
const QUIET_MS = 2_000;
/** A worker that is silent for so long hangs. */
const HANGS_MS = 30_000;

export interface SilenceWatchOptions {
  readonly workers: () => Iterable<WorkerHandle>;
  /** Told of one that hangs; another one follows at the next look. */
  readonly hangs: (worker: WorkerHandle) => void;
  /** For tests. */
  readonly hangsMs?: number | undefined;
}

/**
 * Finds workers that serve and hang. Looks are counted, and no time: while this process, or the whole machine, stood
 * still, nobody could hear a worker.
 */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  readonly #silent = new WeakMap<WorkerHandle, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    // What workers said while this process was busy is still to be read.
    await turn();
    await turn();
    const { workers, hangs, hangsMs = HANGS_MS } = this.#options;
    let hanging: WorkerHandle | undefined;
    for (const worker of workers()) {
      const looks = worker.isListening && worker.silentMs >= QUIET_MS ? (this.#silent.get(worker) ?? 0) + 1 : 0;
      this.#silent.set(worker, looks);
      if (looks * LOOK_MS >= hangsMs) hanging ??= worker;
    }
    if (hanging !== undefined) hangs(hanging);
  }
}
