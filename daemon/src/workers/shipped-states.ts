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

interface NumberedState {
  /** That which served it last. */
  environment: string;
  readonly namespace: ServedNamespace;
  /** Where it is served, or was until just now: two environments may serve the same. */
  places: number;
}

/** States of namespaces that a worker was sent last. */
export class ShippedStates {
  readonly #keptMs: number;
  /** Environment → namespace → its state. */
  readonly #served = new Map<string, Map<string, ServedNamespace>>();
  readonly #byNumber = new Map<number, NumberedState>();

  constructor(keptMs = KEPT_MS) {
    this.#keptMs = keptMs;
  }

  get(environment: string, key: string): ServedNamespace | undefined {
    return this.#served.get(environment)?.get(key);
  }

  set(environment: string, key: string, namespace: ServedNamespace): void {
    const served = this.#served.get(environment) ?? new Map<string, ServedNamespace>();
    this.#served.set(environment, served);
    const before = served.get(key);
    if (before === namespace) return;
    served.set(key, namespace);
    const number = stateNumber(namespace);
    const known = this.#byNumber.get(number) ?? { environment, namespace, places: 0 };
    known.environment = environment;
    known.places += 1;
    this.#byNumber.set(number, known);
    if (before !== undefined) this.#forgetSoon(before);
  }

  /** Forgets namespaces of an environment that are no more. */
  keep(environment: string, keys: ReadonlySet<string>): void {
    const served = this.#served.get(environment);
    if (served === undefined) return;
    for (const [key, before] of served) {
      if (keys.has(key)) continue;
      served.delete(key);
      this.#forgetSoon(before);
    }
    if (served.size === 0) this.#served.delete(environment);
  }

  /** A state that the worker has, or had until just now. */
  find(number: number): ShippedState | undefined {
    return this.#byNumber.get(number);
  }

  #forgetSoon(namespace: ServedNamespace): void {
    const number = stateNumber(namespace);
    const forget = (): void => {
      const known = this.#byNumber.get(number);
      if (known === undefined) return;
      known.places -= 1;
      if (known.places === 0) this.#byNumber.delete(number);
    };
    setTimeout(forget, this.#keptMs).unref();
  }
}
