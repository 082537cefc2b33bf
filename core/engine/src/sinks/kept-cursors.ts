import type { Cursor, Cursors } from "./cursors.js";
import type { KeptState } from "./kept-state.js";

/** Cursors of a storage whose backend forgets them with the process, while its remote goes on: a file remembers them. */
export class KeptCursors implements Cursors {
  readonly #refs: Cursors;
  readonly #kept: KeptState;

  constructor(refs: Cursors, kept: KeptState) {
    this.#refs = refs;
    this.#kept = kept;
  }

  async read(environment: string): Promise<Cursor | undefined> {
    const found = await this.#refs.read(environment);
    return this.#kept.cursor(environment) ?? found;
  }

  async move(environment: string, cursor: Cursor): Promise<void> {
    // Refs keep the commits from being pruned.
    await this.#refs.move(environment, cursor);
    await this.#kept.place(environment, cursor);
  }

  async forget(environment: string): Promise<void> {
    await this.#refs.forget(environment);
    await this.#kept.place(environment, undefined);
  }
}
