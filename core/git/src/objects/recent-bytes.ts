/** Small ones take more than their content. */
const ENTRY_BYTES = 256;

/**
 * Keeps the contents that were used last, within a limit, in two generations: what is not asked for while one fills up
 * is forgotten as a whole. Unlike in a list by age, the millionth costs no more than the first.
 */
export class RecentBytes {
  readonly #generationBytes: number;
  #young = new Map<number, Uint8Array>();
  #old = new Map<number, Uint8Array>();
  #youngBytes = 0;

  constructor(limit: number) {
    this.#generationBytes = limit / 2;
  }

  get(key: number): Uint8Array | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: number, bytes: Uint8Array): void {
    this.#young.set(key, bytes);
    this.#youngBytes += bytes.byteLength + ENTRY_BYTES;
    if (this.#youngBytes < this.#generationBytes) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}
