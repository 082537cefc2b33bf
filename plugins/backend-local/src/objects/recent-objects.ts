import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { GitObject, ObjectStore, Oid } from "@vexil/core/plugin";

/** What is kept in memory at most. */
const MAX_BYTES = 8 * 2 ** 20;
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
  readonly #objects: ObjectStore;
  readonly #recent = new Map<Oid, GitObject>();
  #bytes = 0;
  #watching: Promise<void> | undefined;
  #closed = false;

  constructor(commonDirectory: string, objects: ObjectStore) {
    this.#pidFile = join(commonDirectory, "gc.pid");
    this.#objects = objects;
  }

  add(objects: readonly GitObject[]): void {
    for (const object of objects) {
      if (object.bytes.byteLength > MAX_BYTES || this.#recent.has(object.oid)) continue;
      this.#recent.set(object.oid, object);
      this.#bytes += object.bytes.byteLength;
    }
    for (const [oldest, { bytes }] of this.#recent) {
      if (this.#bytes <= MAX_BYTES) break;
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
    const found = await this.#objects.read([...this.#recent.keys()]);
    const lost = [...this.#recent.values()].filter(({ oid }) => !found.has(oid));
    if (lost.length > 0) await this.#objects.write(lost);
  }
}
