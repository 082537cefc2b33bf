import type { Oid } from "@vexil/plugin-api";
import { BoundedCache } from "../objects/bounded-cache.js";
import { timeSlice } from "../objects/time-slice.js";
import { type TreeEntry, treeEntries } from "../objects/tree-codec.js";
import type { UploadSource } from "./upload-source.js";

/** A tree by the names in it. */
export type NamedEntries = ReadonlyMap<string, TreeEntry>;

/** About 200 bytes each. */
const CACHED_ENTRIES = 50_000;
/** Trees read at once. */
const AT_ONCE = 500;

/** The trees of a repository; what was read last is at hand, as each commit is compared with the one before. */
export class KnownTrees {
  readonly #source: UploadSource;
  readonly #cache = new BoundedCache<Oid, NamedEntries>(CACHED_ENTRIES);

  constructor(source: UploadSource) {
    this.#source = source;
  }

  /** Those that are here. */
  async read(oids: Iterable<Oid>): Promise<ReadonlyMap<Oid, NamedEntries>> {
    const found = new Map<Oid, NamedEntries>();
    const missing: Oid[] = [];
    for (const oid of new Set(oids)) {
      const known = this.#cache.get(oid);
      if (known === undefined) missing.push(oid);
      else found.set(oid, known);
    }
    const pause = timeSlice();
    for (let at = 0; at < missing.length; at += AT_ONCE) {
      for (const [oid, { type, bytes }] of await this.#source.read(missing.slice(at, at + AT_ONCE))) {
        if (type !== "tree") continue;
        const entries = new Map<string, TreeEntry>();
        for (const entry of treeEntries(oid, bytes)) {
          entries.set(entry.name, entry);
          await pause();
        }
        this.#cache.set(oid, entries, entries.size + 1);
        found.set(oid, entries);
      }
    }
    return found;
  }
}
