import { readFileSync } from "node:fs";
import { childrenOf } from "./memory-watch.js";

/** One tick of the clock in `/proc/<pid>/stat` (proc(5)). */
const TICK_MS = 10;
/** Processes of the daemon that answer nobody. */
const UNASKED = /parse-worker|unpack-worker|vexil (parser|unpacker)/;

/** Milliseconds of processor time that each process has used so far of those that may answer: a daemon and its workers. */
export function processorTimes(pid: number): ReadonlyMap<number, number> {
  const times = new Map([[pid, processorMs(pid)]]);
  for (const child of childrenOf(pid)) if (!UNASKED.test(commandOf(child))) times.set(child, processorMs(child));
  return times;
}

function processorMs(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`);
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
