import { takeEarly } from "./early-process.js";
import { ParseProcess } from "./parse-process.js";

/**
 * A process that has had nothing to do for so long ends, and gives back its memory: as much as a worker's. Files that go on
 * changing are read in parts, mostly, and those need none.
 */
const IDLE_MS = 1_000;
/** Larger files have processes of their own, with as much more memory as they are larger. */
const USUAL_BYTES = 16e6;

/** The processes that parse: made when they are needed, and used again. */
export class ProcessPool {
  readonly #heapMegabytes: number;
  readonly #kept: number;
  readonly #idle: ParseProcess[] = [];
  readonly #all = new Set<ParseProcess>();
  #timer: NodeJS.Timeout | undefined;

  /** @param options.kept processes that are kept while they have nothing to do */
  constructor(options: { readonly heapMegabytes: number; readonly kept: number }) {
    this.#heapMegabytes = options.heapMegabytes;
    this.#kept = options.kept;
  }

  warmUp(): void {
    if (this.#all.size === 0) this.put(this.#follow(takeEarly() ?? this.#start()));
  }

  /** A process with the memory that a file of this size may need. */
  take(sizeBytes: number): ParseProcess {
    if (sizeBytes > USUAL_BYTES) return this.#follow(this.#start(sizeBytes / USUAL_BYTES));
    return this.#idle.pop() ?? this.#follow(this.#start());
  }

  /** Takes back a process that has done its job. */
  put(process: ParseProcess): void {
    if (!this.#all.has(process)) return;
    if (this.#idle.length >= this.#kept || process.heapMegabytes > this.#heapMegabytes) process.close();
    else this.#idle.push(process);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#endIdle(), IDLE_MS).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const all = [...this.#all];
    for (const process of all) process.close();
    await Promise.all(all.map((process) => process.ended));
  }

  #endIdle(): void {
    for (const process of this.#idle.splice(0)) process.close();
  }

  #start(times = 1): ParseProcess {
    return new ParseProcess({ heapMegabytes: Math.ceil(this.#heapMegabytes * times) });
  }

  #follow(process: ParseProcess): ParseProcess {
    this.#all.add(process);
    void process.ended.then(() => {
      this.#all.delete(process);
      const idle = this.#idle.indexOf(process);
      if (idle >= 0) this.#idle.splice(idle, 1);
    });
    return process;
  }
}
