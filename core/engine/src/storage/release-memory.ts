import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Less is not worth the pause. */
const WORTH_BYTES = 64 * 1024 * 1024;
const SOON_MS = 5_000;
/** Where a pause was hardly worth it, the next one comes later and later. */
const LATEST_MS = 600_000;
/** A large download is kept for a while, and is garbage only then. */
const LARGE_BYTES = 8 * 1024 * 1024;
const KEPT_MS = 60_000;

/** Resident memory: what garbage holds, and what the allocator cannot give back because of it. */
const resident = (): number => process.memoryUsage.rss();

let collect: (() => void) | undefined;
let timer: NodeJS.Timeout | undefined;
let delayMs = SOON_MS;
/** Until when a pause that was not worth it says nothing (`performance.now()`). */
let keptUntil = 0;
/** After the last collection, and at the best time so far. */
let left = resident();
let least = left;

/**
 * Gives back, a while later, what large downloads and slow files have left behind. The engine collects garbage as it
 * makes new objects, and a daemon at rest makes none: what was read, and contents of objects, which lie outside of its
 * heap, would stay for hours.
 */
export function releaseMemory(): void {
  if (timer !== undefined) return;
  const hasGrown = resident() >= left + WORTH_BYTES;
  timer = setTimeout(release, hasGrown ? SOON_MS : delayMs).unref();
}

/** Notes that objects of so many bytes were downloaded. */
export function noteDownload(bytes: number): void {
  if (bytes < LARGE_BYTES) return;
  delayMs = SOON_MS;
  keptUntil = performance.now() + KEPT_MS;
}

function release(): void {
  timer = undefined;
  const before = resident();
  if (before < least + WORTH_BYTES) return;
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  left = resident();
  least = Math.min(least, left);
  const isWasted = before - left < WORTH_BYTES / 2 && performance.now() > keptUntil;
  delayMs = isWasted ? Math.min(delayMs * 2, LATEST_MS) : SOON_MS;
}
