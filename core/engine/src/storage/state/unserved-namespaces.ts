/** A namespace of an environment that is not served, since no good state of it is known. */
export interface UnservedNamespace {
  readonly environment: string;
  readonly namespace: string;
  /** Its past is being looked through for the first time. */
  readonly searching: boolean;
}

interface Entry {
  readonly namespaces: readonly string[];
  /** There is no more of the past to look at. */
  isExhausted: boolean;
  /** More of the past does not come for now; it is asked for again. */
  isPaused: boolean;
}

/** Namespaces of each environment without a good state, and whether more of its past may be searched. */
export class UnservedNamespaces {
  readonly #environments = new Map<string, Entry>();

  /** @param isExhausted there is no more of the past to look at */
  note(environment: string, namespaces: readonly string[], isExhausted: boolean): void {
    const isPaused = this.#environments.get(environment)?.isPaused ?? false;
    if (namespaces.length === 0) this.#environments.delete(environment);
    else this.#environments.set(environment, { namespaces, isExhausted, isPaused });
  }

  isSearching(environment: string): boolean {
    return this.#environments.get(environment)?.isExhausted === false;
  }

  /** Ends the search: namespaces that are not found by now are lost. */
  giveUp(environment: string): void {
    const entry = this.#environments.get(environment);
    if (entry !== undefined) entry.isExhausted = true;
  }

  /** Nobody is to wait for what is not found by now, though it is looked for further. */
  pause(): void {
    for (const entry of this.#environments.values()) entry.isPaused = true;
  }

  forget(environment: string): void {
    this.#environments.delete(environment);
  }

  all(): readonly UnservedNamespace[] {
    return [...this.#environments].flatMap(([environment, { namespaces, isExhausted, isPaused }]) =>
      namespaces.map((namespace) => ({ environment, namespace, searching: !isExhausted && !isPaused })),
    );
  }
}
