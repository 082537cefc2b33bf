import { BareWatch } from "./bare-watch.js";
import { type HealthReport, HealthWatch, NO_ANSWERS, worseOf } from "./health-watch.js";
import { type MemoryReport, MemoryWatch } from "./memory-watch.js";

/** How the daemon, and a server that does nothing, have answered, and the memory that it took: the worst of all phases. */
export interface Watched {
  readonly health: HealthReport;
  readonly bare: HealthReport;
  readonly memory: MemoryReport;
}

interface Watches {
  readonly health: HealthWatch;
  readonly bare: BareWatch;
  readonly memory: MemoryWatch;
}

/** Watches one daemon after the other. */
export class PhaseWatch {
  readonly #onSilence: (silenceMs: number, busyMs: number) => void;
  #watches: Watches | undefined;
  #found: Watched = { health: NO_ANSWERS, bare: NO_ANSWERS, memory: { primaryBytes: 0, allBytes: 0 } };

  constructor(onSilence: (silenceMs: number, busyMs: number) => void) {
    this.#onSilence = onSilence;
  }

  get found(): Watched {
    return this.#found;
  }

  async start(url: string, pid: number): Promise<void> {
    const bare = await BareWatch.start();
    const health = new HealthWatch({ url: `${url}/health/live`, pid }, this.#onSilence);
    this.#watches = { bare, health, memory: new MemoryWatch(pid) };
  }

  async stop(): Promise<void> {
    const watches = this.#watches;
    if (watches === undefined) return;
    this.#watches = undefined;
    const { health, bare, memory } = this.#found;
    const { primaryBytes, allBytes } = watches.memory.stop();
    this.#found = {
      memory: {
        primaryBytes: Math.max(memory.primaryBytes, primaryBytes),
        allBytes: Math.max(memory.allBytes, allBytes),
      },
      health: worseOf(health, await watches.health.stop()),
      bare: worseOf(bare, await watches.bare.stop()),
    };
  }
}
