import { readFileSync } from "node:fs";

/** Linux counts in hundredths of a second, whatever the clock of the kernel is (proc(5), sysconf(_SC_CLK_TCK)). */
const TICK_MS = 10;

/** Processor time that a process has used so far; undefined where the system does not tell. */
export function processorTimeMs(pid: number | undefined): number | undefined {
  if (process.platform !== "linux" || pid === undefined) return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in parentheses, may hold anything; user and system time are the 14th and 15th field.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? ticks * TICK_MS : undefined;
  } catch {
    return undefined;
  }
}
