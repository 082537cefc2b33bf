import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { GitObject, Oid } from "@vexil/core/plugin";
import type { DiskObjects } from "./disk-objects.js";

/** What is kept in memory at most. */
const MAX_BYTES = 8 * 2 ** 20;
/** Each is looked for on disk before a ref moves; what was written together stays, however many it is. */
const MAX_OBJECTS = 512;
/** A `git gc` that runs is waited for this long before a ref moves. */
const PATIENCE_MS = 3000;
/** After a ref has moved, a `git gc` that began before is watched this long. */
const WATCH_MS = 10 * 60_000;

/**
 * The objects that were written last. Until a ref reaches them, `git gc --prune=now` (and any gc that finds them too old)
 * takes them for rubbish: whatever it deletes is written again.
 */
export class RecentObjects {
  readonly #pidFile: string;
  readonly #objects: DiskObjects;
  readonly #recent = new Map<Oid, GitObject>();
  #bytes = 0;
  #watching: Promise<void> | undefined;
  #closed = false;

  constructor(commonDirectory: string, objects: DiskObjects) {
    this.#pidFile = join(commonDirectory, "gc.pid");
    this.#objects = objects;
  }

  add(objects: readonly GitObject[]): void {
    for (const object of objects) {
      if (object.bytes.byteLength > MAX_BYTES || this.#recent.has(object.oid)) continue;
      this.#recent.set(object.oid, object);
      this.#bytes += object.bytes.byteLength;
    }
    const allowed = Math.max(MAX_OBJECTS, objects.length);
    for (const [oldest, { bytes }] of this.#recent) {
      if (this.#bytes <= MAX_BYTES && this.#recent.size <= allowed) break;
      this.#recent.delete(oldest);
      this.#bytes -= bytes.byteLength;
    }
  }

  /** Before refs move to what was written. */
  async secure(): Promise<void> {
    for (const until = performance.now() + PATIENCE_MS; this.#collecting && performance.now() < until; )
      await delay(20);
    await this.#restore();
  }

  /** After refs have moved: a gc that began before does not know. */
  watch(): void {
    if (!this.#collecting || this.#watching !== undefined) return;
    this.#watching = this.#untilCollected()
      .catch(() => undefined)
      .finally(() => {
        this.#watching = undefined;
      });
  }

  close(): void {
    this.#closed = true;
  }

  get #collecting(): boolean {
    return existsSync(this.#pidFile);
  }

  async #untilCollected(): Promise<void> {
    for (const until = performance.now() + WATCH_MS; performance.now() < until && !this.#closed; ) {
      const last = !this.#collecting;
      await this.#restore();
      if (last) return;
      await delay(50, undefined, { ref: false });
    }
  }

  async #restore(): Promise<void> {
    // Most still lie in a file of their own, which a look at the directory tells; only the others have to be read.
    const moved = [...this.#recent.values()].filter(({ oid }) => !this.#objects.loose.has(oid));
    if (moved.length === 0) return;
    const found = await this.#objects.read(moved.map(({ oid }) => oid));
    const lost = moved.filter(({ oid }) => !found.has(oid));
    if (lost.length > 0) await this.#objects.write(lost);
  }
}
