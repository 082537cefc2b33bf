import { ParseProcess } from "./parse-process.js";

/** Memory that a valid file of `USUAL_BYTES` needs, twice over in block style. */
export const HEAP_MEGABYTES = 1024;

let early: ParseProcess | undefined;

/**
 * Starts a process that parses, which the first pool takes over: whoever calls it before the rest of the program is
 * loaded has both done at the same time.
 */
export function startEarly(): void {
  early ??= new ParseProcess({ heapMegabytes: HEAP_MEGABYTES });
}

/** The process that was started early, once. */
export function takeEarly(): ParseProcess | undefined {
  const taken = early;
  early = undefined;
  return taken;
}
