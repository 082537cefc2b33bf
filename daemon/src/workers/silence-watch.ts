import { setImmediate as turn } from "node:timers/promises";
import type { WorkerHandle } from "./worker-handle.js";

const LOOK_MS = 1_000;
/** A worker that has said nothing for so long is silent at a look. */
const QUIET_MS = 2_000;
/** A worker that is silent for so long hangs. */
const HANGS_MS = 30_000;

export interface SilenceWatchOptions<W> {
  readonly workers: () => Iterable<W>;
  /** Told of one that hangs; another one follows at the next look. */
  readonly hangs: (worker: W) => void;
  /** For tests. */
  readonly hangsMs?: number | undefined;
  readonly lookMs?: number;
}

/**
 * Finds workers that serve and hang. Looks are counted, and no time: while this process, or the whole machine, stood
 * still, nobody could hear a worker.
 */
export class SilenceWatch<W extends Pick<WorkerHandle, "isListening" | "silentMs"> = WorkerHandle> {
  readonly #options: SilenceWatchOptions<W>;
  readonly #silent = new WeakMap<W, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: SilenceWatchOptions<W>) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), options.lookMs ?? LOOK_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    // What workers said while this process was busy is still to be read.
    await turn();
    await turn();
    const { workers, hangs, hangsMs = HANGS_MS, lookMs = LOOK_MS } = this.#options;
    let hanging: W | undefined;
    for (const worker of workers()) {
      const looks = worker.isListening && worker.silentMs >= QUIET_MS ? (this.#silent.get(worker) ?? 0) + 1 : 0;
      this.#silent.set(worker, looks);
      if (looks * lookMs >= hangsMs) hanging ??= worker;
    }
    if (hanging !== undefined) hangs(hanging);
  }
}
