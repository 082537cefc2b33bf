import type { FlagPlace } from "./usage-book.js";

/** Flags that files name, of the latest day alone: what was noted on it need not be noted again. */
export class NotedFlags {
  #day = Number.NEGATIVE_INFINITY;
  /** By environment and namespace. */
  readonly #places = new Map<string, Map<string, Set<string>>>();

  /** @param day days since 1970 */
  add([environment, namespace, flag]: FlagPlace, day: number): void {
    if (day < this.#day) return;
    if (day > this.#day) this.#places.clear();
    this.#day = day;
    const namespaces = this.#places.get(environment) ?? new Map<string, Set<string>>();
    this.#places.set(environment, namespaces);
    const flags = namespaces.get(namespace) ?? new Set<string>();
    namespaces.set(namespace, flags);
    flags.add(flag);
  }

  has([environment, namespace, flag]: FlagPlace, day: number): boolean {
    return day === this.#day && this.#places.get(environment)?.get(namespace)?.has(flag) === true;
  }

  clear(): void {
    this.#places.clear();
  }
}
