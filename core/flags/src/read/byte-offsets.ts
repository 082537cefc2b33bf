/** Turns ascending offsets of UTF-16 units into those of bytes. */
export class ByteOffsets {
  readonly #text: string;
  #isAscii: boolean | undefined;
  #at = 0;
  #bytes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  of(offsets: readonly number[]): Uint32Array {
    this.#isAscii ??= Buffer.byteLength(this.#text) === this.#text.length;
    if (this.#isAscii) return Uint32Array.from(offsets);
    return Uint32Array.from(offsets, (offset) => {
      this.#bytes += Buffer.byteLength(this.#text.slice(this.#at, offset));
      this.#at = offset;
      return this.#bytes;
    });
  }
}
