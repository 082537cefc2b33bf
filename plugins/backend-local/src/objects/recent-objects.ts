import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { GitObject, Oid } from "@vexil/plugin-api";
import type { DiskObjects } from "./disk-objects.js";
import { runningCollection } from "./running-collection.js";

/** Bytes kept in memory at most. */
const MAX_BYTES = 8 * 2 ** 20;
/** Kept at most, unless more was written together. */
const MAX_OBJECTS = 512;
/** A `git gc` that runs is waited for this long before a ref moves. */
const PATIENCE_MS = 3000;
/** After a ref has moved, a `git gc` or `git prune` that began before is watched this long. */
const WATCH_MS = 10 * 60_000;
/** Most are over soon: at first it is looked at often. */
const LOOKS = [
  { untilMs: 2000, everyMs: 20 },
  { untilMs: 10_000, everyMs: 200 },
] as const;
const LATER_MS = 2000;
/** Looked for each time, before a ref moves and after it; the others less often. */
const NEWEST = 64;

/**
 * The objects that were written last. Until a ref reaches them, `git gc --prune=now` (and any gc that finds them too old)
 * takes them for rubbish, and whoever listed what is reachable before that goes on to delete them after: whatever is
 * deleted is written again.
 */
export class RecentObjects {
  readonly #pidFile: string;
  readonly #objects: DiskObjects;
  readonly #recent = new Map<Oid, GitObject>();
  #bytes = 0;
  /** How many were added since refs moved last. */
  #fresh = 0;
  /** A `git gc` that takes too long to be waited for: what it deletes is written again. */
  #given: string | undefined;
  #looking: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(commonDirectory: string, objects: DiskObjects) {
    this.#pidFile = join(commonDirectory, "gc.pid");
    this.#objects = objects;
    objects.remembered = (oid) => this.#recent.get(oid);
  }

  add(objects: readonly GitObject[]): void {
    for (const object of objects) {
      if (object.bytes.byteLength > MAX_BYTES) continue;
      // One that is written once more is among the newest again.
      this.forget([object.oid]);
      this.#recent.set(object.oid, object);
      this.#bytes += object.bytes.byteLength;
      this.#fresh += 1;
    }
    const allowed = Math.max(MAX_OBJECTS, objects.length);
    for (const [oldest, { bytes }] of this.#recent) {
      if (this.#bytes <= MAX_BYTES && this.#recent.size <= allowed) break;
      this.#recent.delete(oldest);
      this.#bytes -= bytes.byteLength;
    }
  }

  /** They are about to be deleted on purpose. */
  forget(oids: readonly Oid[]): void {
    for (const oid of oids) {
      this.#bytes -= this.#recent.get(oid)?.bytes.byteLength ?? 0;
      this.#recent.delete(oid);
    }
  }

  /** Before refs move to what was written. */
  async secure(): Promise<void> {
    for (const until = performance.now() + PATIENCE_MS; this.collecting; await delay(20)) {
      if (performance.now() > until) this.#given = runningCollection(this.#pidFile);
    }
    await this.#restore(Math.max(NEWEST, this.#fresh));
  }

  /** After refs have moved: whoever began to collect before does not know. */
  watch(): void {
    this.#fresh = 0;
    clearTimeout(this.#looking);
    this.#lookLater(performance.now());
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#looking);
  }

  /** True if a `git gc` is under way that was not waited for in vain yet. */
  get collecting(): boolean {
    const running = runningCollection(this.#pidFile);
    return running !== undefined && running !== this.#given;
  }

  #lookLater(since: number): void {
    const ago = performance.now() - since;
    if (this.#closed || ago > WATCH_MS) return;
    const looking = setTimeout(
      async () => {
        // What cannot be written now is tried again.
        await this.#restore(ago < LOOKS[0].untilMs ? NEWEST : MAX_OBJECTS).catch(() => undefined);
        if (this.#looking === looking) this.#lookLater(since);
      },
      LOOKS.find(({ untilMs }) => ago < untilMs)?.everyMs ??
        (runningCollection(this.#pidFile) === undefined ? LATER_MS : 50),
    ).unref();
    this.#looking = looking;
  }

  /** Most still lie in a file of their own, which a look at the directory tells; the others may be in packs. */
  async #restore(newest = Number.POSITIVE_INFINITY): Promise<void> {
    const moved = [...this.#recent.values()].slice(-newest).filter(({ oid }) => !this.#objects.loose.has(oid));
    if (moved.length === 0) return;
    this.#objects.packs.refresh();
    const lost = moved.filter(({ oid }) => this.#objects.packs.find(oid) === undefined);
    if (lost.length > 0) await this.#objects.write(lost);
  }
}
