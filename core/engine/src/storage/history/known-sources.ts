import type { PlacedValue } from "@vexil/flags/compile/flag-places";
import type { Oid } from "@vexil/plugin-api";
import type { ItemSource } from "../../model/engine.js";

/** About 500 bytes each. */
const KEPT = 5_000;

/** Sources of items that were asked for, those that were used last. */
export class KnownSources {
  readonly #sources = new Map<string, ItemSource>();
  /** Time by the clock until which no older commits are fetched, as the remote did not give them. */
  noFetchesBefore = 0;

  get(revision: Oid, item: PlacedValue): ItemSource | undefined {
    const key = keyOf(revision, item);
    const known = this.#sources.get(key);
    if (known === undefined) return undefined;
    this.#sources.delete(key);
    this.#sources.set(key, known);
    return known;
  }

  set(revision: Oid, item: PlacedValue, source: ItemSource): void {
    this.#sources.set(keyOf(revision, item), source);
    const [oldest] = this.#sources.keys();
    if (this.#sources.size > KEPT && oldest !== undefined) this.#sources.delete(oldest);
  }
}

function keyOf(revision: Oid, { file, oid, place }: PlacedValue): string {
  return JSON.stringify([revision, oid, file, place.document, ...place.path]);
}
