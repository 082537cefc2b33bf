import { type FlagPlace, namespacePlaceKey } from "./usage-book.js";

/** Flags that files name, of the latest day alone: what was noted on it need not be noted again. */
export class NotedFlags {
  #day = Number.NEGATIVE_INFINITY;
  /** By environment and namespace. */
  readonly #places = new Map<string, Set<string>>();

  /** @param day days since 1970 */
  add([environment, namespace, flag]: FlagPlace, day: number): void {
    if (day < this.#day) return;
    if (day > this.#day) this.#places.clear();
    this.#day = day;
    const key = namespacePlaceKey(environment, namespace);
    const flags = this.#places.get(key) ?? new Set<string>();
    this.#places.set(key, flags);
    flags.add(flag);
  }

  has([environment, namespace, flag]: FlagPlace, day: number): boolean {
    return day === this.#day && this.#places.get(namespacePlaceKey(environment, namespace))?.has(flag) === true;
  }

  clear(): void {
    this.#places.clear();
  }
}
