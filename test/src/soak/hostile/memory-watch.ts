import { readdirSync, readFileSync } from "node:fs";

export interface MemoryReport {
  /** Largest resident set of the daemon's own process. */
  readonly primaryBytes: number;
  /** Largest sum over it and all processes below it. */
  readonly allBytes: number;
}

const INTERVAL_MS = 100;

/** Looks at the memory of a process and of all below it (Linux). */
export class MemoryWatch {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #primaryBytes = 0;
  #allBytes = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#sample(), INTERVAL_MS);
  }

  stop(): MemoryReport {
    clearInterval(this.#timer);
    this.#sample();
    return { primaryBytes: this.#primaryBytes, allBytes: this.#allBytes };
  }

  #sample(): void {
    const own = residentBytes(this.#pid);
    this.#primaryBytes = Math.max(this.#primaryBytes, own);
    let all = own;
    for (const pid of below(this.#pid)) all += residentBytes(pid);
    this.#allBytes = Math.max(this.#allBytes, all);
  }
}

/** The resident set of a process as it is now. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** The processes that a process has started. */
export function childrenOf(pid: number): readonly number[] {
  return list(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
}

function below(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...below(child)]);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
