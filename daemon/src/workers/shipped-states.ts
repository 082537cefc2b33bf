import type { ServedNamespace } from "../http/reads/read-snapshots.js";

/** A state that has been replaced may still be asked for by who has not taken over the newer one yet. */
const KEPT_MS = 30_000;

const numbers = new WeakMap<ServedNamespace, number>();
let next = 1;

/** Number by which workers know a namespace's state. */
export function stateNumber(namespace: ServedNamespace): number {
  const known = numbers.get(namespace);
  if (known !== undefined) return known;
  const number = next++;
  numbers.set(namespace, number);
  return number;
}

export interface ShippedState {
  readonly environment: string;
  readonly namespace: ServedNamespace;
}

/** States of namespaces that a worker was sent last. */
export class ShippedStates {
  readonly #byPlace = new Map<string, ServedNamespace>();
  readonly #byNumber = new Map<number, ShippedState>();

  get(environment: string, key: string): ServedNamespace | undefined {
    return this.#byPlace.get(placeOf(environment, key));
  }

  set(environment: string, key: string, namespace: ServedNamespace): void {
    this.#replace(placeOf(environment, key), namespace);
    this.#byNumber.set(stateNumber(namespace), { environment, namespace });
  }

  /** Forgets namespaces of an environment that are no more. */
  keep(environment: string, keys: ReadonlySet<string>): void {
    for (const place of this.#byPlace.keys()) {
      const [of, key = ""] = place.split("\u0000");
      if (of === environment && !keys.has(key)) this.#replace(place, undefined);
    }
  }

  /** A state that the worker has, or had until just now. */
  find(number: number): ShippedState | undefined {
    return this.#byNumber.get(number);
  }

  #replace(place: string, namespace: ServedNamespace | undefined): void {
    const before = this.#byPlace.get(place);
    if (namespace === undefined) this.#byPlace.delete(place);
    else this.#byPlace.set(place, namespace);
    if (before === undefined || before === namespace) return;
    const forget = (): void => {
      // Two environments may serve the same.
      if (![...this.#byPlace.values()].includes(before)) this.#byNumber.delete(stateNumber(before));
    };
    setTimeout(forget, KEPT_MS).unref();
  }
}

export const placeOf = (environment: string, key: string): string => `${environment}\u0000${key}`;
