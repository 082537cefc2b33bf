import type { GitObject, GitObjectType, Oid } from "@vexil/plugin-api";

/** Objects as they are announced: their names, and the sizes of the contents that follow. */
export interface AnnouncedObjects {
  readonly oids: readonly Oid[];
  readonly types: readonly GitObjectType[];
  readonly sizes: readonly number[];
}

/** Objects whose contents arrive in pieces. Each gets memory of its own: no piece is kept alive by it. */
export class ArrivingObjects {
  readonly #announced: AnnouncedObjects;
  readonly #objects: GitObject[] = [];
  #bytes: Uint8Array = new Uint8Array(0);
  #filled = 0;

  constructor(announced: AnnouncedObjects) {
    this.#announced = announced;
    this.#next();
  }

  /** All of them; undefined while contents are missing. */
  get whole(): readonly GitObject[] | undefined {
    return this.#objects.length === this.#announced.oids.length ? this.#objects : undefined;
  }

  take(piece: Uint8Array): void {
    for (let at = 0; at < piece.byteLength && this.whole === undefined; ) {
      const part = piece.subarray(at, at + this.#bytes.byteLength - this.#filled);
      this.#bytes.set(part, this.#filled);
      this.#filled += part.byteLength;
      at += part.byteLength;
      if (this.#filled === this.#bytes.byteLength) this.#settle();
    }
  }

  #settle(): void {
    const index = this.#objects.length;
    const { oids, types } = this.#announced;
    this.#objects.push({ oid: oids[index] as Oid, type: types[index] as GitObjectType, bytes: this.#bytes });
    this.#next();
  }

  /** Makes room for the next one; those without content are whole at once. */
  #next(): void {
    const size = this.#announced.sizes[this.#objects.length];
    if (size === undefined) return;
    this.#bytes = Buffer.allocUnsafe(size);
    this.#filled = 0;
    if (size === 0) this.#settle();
  }
}
