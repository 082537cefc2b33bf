import type { Revocation } from "./revocation.js";

/** Revocations by key, those that came last at the end. */
export class AgedMap {
  readonly #map = new Map<string, Revocation>();
  /** Where the oldest is looked for: from the front of a map all that has gone from there would be passed each time. */
  #ages: MapIterator<[string, Revocation]> | undefined;
  #oldest: [string, Revocation] | undefined;

  get(key: string): Revocation | undefined {
    return this.#map.get(key);
  }

  has(key: string): boolean {
    return this.#map.has(key);
  }

  all(): Iterable<Revocation> {
    return this.#map.values();
  }

  putLast(key: string, revocation: Revocation): void {
    // For an iterator that stays where it is V8 keeps the table of then and all later ones: it is not to be held while the
    // same keys come again and again.
    if (this.#map.delete(key)) this.#ages = undefined;
    this.#map.set(key, revocation);
  }

  /**
   * Takes the oldest out, up to the first that is to stay.
   * @param over those that are older go
   * @param most so many stay
   */
  takeOldest(over: number, most: number): readonly Revocation[] {
    const taken: Revocation[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const [key, revocation] = next;
      if (revocation.at >= over && this.#map.size <= most) break;
      this.#map.delete(key);
      taken.push(revocation);
    }
    return taken;
  }

  #next(): [string, Revocation] | undefined {
    // What has come again since is further behind.
    while (this.#oldest === undefined || this.#map.get(this.#oldest[0]) !== this.#oldest[1]) {
      this.#ages ??= this.#map.entries();
      const { done, value } = this.#ages.next();
      this.#oldest = value;
      if (!done) continue;
      // An iterator that has come to the end stays there.
      this.#ages = undefined;
      return undefined;
    }
    return this.#oldest;
  }
}
