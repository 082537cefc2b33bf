import { readSync } from "node:fs";

/** The bytes of a pack, wherever they are kept. */
export interface PackSource {
  readonly size: number;
  /** At most `length` bytes from `position` on, fewer where the pack ends. They are good until the next call. */
  at(position: number, length: number): Uint8Array;
}

/** Where a received pack is. */
export type PackPlace =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  | { readonly type: "file"; readonly fd: number; readonly size: number };

const WINDOW_BYTES = 1024 * 1024;

export function openPack(place: PackPlace): PackSource {
  return place.type === "bytes" ? new MemorySource(place.bytes) : new FileSource(place.fd, place.size);
}

class MemorySource implements PackSource {
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.byteLength;
  }

  at(position: number, length: number): Uint8Array {
    return this.#bytes.subarray(position, position + length);
  }
}

/** Entries are small and are read one after the other: a window of the file is kept. */
class FileSource implements PackSource {
  readonly size: number;
  readonly #fd: number;
  readonly #window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  #start = 0;
  #end = 0;

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.size = size;
  }

  at(position: number, length: number): Uint8Array {
    const end = Math.min(position + length, this.size);
    if (end - position > WINDOW_BYTES) {
      const bytes = Buffer.allocUnsafeSlow(end - position);
      return bytes.subarray(0, this.#read(bytes, position));
    }
    if (position < this.#start || end > this.#end) {
      this.#start = position;
      this.#end = position + this.#read(this.#window, position);
    }
    return this.#window.subarray(position - this.#start, Math.max(0, end - this.#start));
  }

  #read(target: Buffer, position: number): number {
    let filled = 0;
    while (filled < target.byteLength) {
      const read = readSync(this.#fd, target, filled, target.byteLength - filled, position + filled);
      if (read === 0) break;
      filled += read;
    }
    return filled;
  }
}
