const SMALLEST = 4096;
const LARGEST = 1024 * 1024;
/** Buffers of one size that are kept while nobody uses them. */
const KEPT = 8;

/**
 * Memory for the bytes of large answers, used again when they are sent: making it anew for each answer, and collecting
 * it, costs more than filling it.
 */
export class AnswerBuffers {
  readonly #free = new Map<number, Buffer[]>();

  /** A buffer of at least `size` bytes. */
  take(size: number): Buffer {
    const length = 2 ** Math.ceil(Math.log2(Math.max(size, SMALLEST)));
    return this.#free.get(length)?.pop() ?? Buffer.allocUnsafeSlow(length);
  }

  /** Takes back a buffer that nobody reads any more. */
  give(buffer: Buffer): void {
    if (buffer.length > LARGEST) return;
    const free = this.#free.get(buffer.length) ?? [];
    this.#free.set(buffer.length, free);
    if (free.length < KEPT) free.push(buffer);
  }
}
