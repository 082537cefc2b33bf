/** The encoding that ssh uses everywhere (RFC 4251 §5): strings and integers after their length. */
export function sshString(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}

/** An unsigned integer, big-endian, as `mpint`: without leading zeros, but with one where the first bit is set. */
export function sshInteger(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.byteLength - 1 && bytes[start] === 0) start += 1;
  const significant = bytes.subarray(start);
  return sshString(((significant[0] ?? 0) & 0x80) === 0 ? significant : Buffer.concat([Buffer.of(0), significant]));
}

/** Reads the same, in order. */
export class SshReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws RangeError at the end */
  uint32(): number {
    const value = this.#bytes.readUInt32BE(this.#offset);
    this.#offset += 4;
    return value;
  }

  string(): Buffer {
    const length = this.uint32();
    return this.take(length);
  }

  text(): string {
    return this.string().toString("utf8");
  }

  take(length: number): Buffer {
    if (this.#offset + length > this.#bytes.byteLength) throw new RangeError("the data ends too early");
    const bytes = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return bytes;
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#offset);
  }
}
