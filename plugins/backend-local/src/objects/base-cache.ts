import type { GitObjectType } from "@vexil/plugin-api";

/** An object as a pack holds it. */
export interface RawObject {
  readonly type: GitObjectType;
  readonly bytes: Buffer;
}

const MAX_BYTES = 16 * 2 ** 20;
const MAX_ENTRY_BYTES = 4 * 2 ** 20;

/** The objects that deltas were lately applied to: the least recently used ones go. */
export class BaseCache {
  readonly #entries = new Map<string, RawObject>();
  #bytes = 0;

  get(key: string): RawObject | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found;
  }

  set(key: string, object: RawObject): void {
    if (object.bytes.length > MAX_ENTRY_BYTES || this.#entries.has(key)) return;
    this.#entries.set(key, object);
    this.#bytes += object.bytes.length;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes.length;
    }
  }
}
