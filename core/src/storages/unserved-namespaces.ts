/** A namespace of an environment that is not served, since no good state of it is known. */
export interface UnservedNamespace {
  readonly environment: string;
  readonly namespace: string;
  /** The past is still being looked through. */
  readonly searching: boolean;
}

/** What of each environment there is no good state of, and whether more of its past may be looked through. */
export class UnservedNamespaces {
  readonly #environments = new Map<string, { readonly namespaces: readonly string[]; isExhausted: boolean }>();

  /** @param isExhausted there is no more of the past to look at */
  note(environment: string, namespaces: readonly string[], isExhausted: boolean): void {
    if (namespaces.length === 0) this.#environments.delete(environment);
    else this.#environments.set(environment, { namespaces, isExhausted });
  }

  isSearching(environment: string): boolean {
    return this.#environments.get(environment)?.isExhausted === false;
  }

  /** What is not found by now is taken for lost. */
  giveUp(environment: string): void {
    const entry = this.#environments.get(environment);
    if (entry !== undefined) entry.isExhausted = true;
  }

  forget(environment: string): void {
    this.#environments.delete(environment);
  }

  all(): readonly UnservedNamespace[] {
    return [...this.#environments].flatMap(([environment, { namespaces, isExhausted }]) =>
      namespaces.map((namespace) => ({ environment, namespace, searching: !isExhausted })),
    );
  }
}
