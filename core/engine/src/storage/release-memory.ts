import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Less is not worth the pause. */
const WORTH_BYTES = 64 * 1024 * 1024;

let collect: (() => void) | undefined;
/** Memory that was still in use after the last collection. */
let alive = 0;

/**
 * Gives back what a large download has left behind. The engine collects garbage as it makes new objects, and a daemon
 * at rest makes none: contents of objects, which lie outside of its heap, would stay for hours.
 */
export function releaseMemory(): void {
  if (process.memoryUsage().arrayBuffers < alive + WORTH_BYTES) return;
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  alive = process.memoryUsage().arrayBuffers;
}
