/**
 * Makes an object from its base and a delta (gitformat-pack(5), "Deltified representation").
 * @throws when the delta does not fit the base or is damaged
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Buffer {
  let at = 0;
  const byte = (): number => {
    const value = delta[at];
    if (value === undefined) throw new Error("a delta ends too early");
    at += 1;
    return value;
  };
  const size = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const part = byte();
      value += (part & 0x7f) * factor;
      if ((part & 0x80) === 0) return value;
      if (factor > 2 ** 42) throw new Error("a delta has a size without end");
    }
  };
  if (size() !== base.length) throw new Error("a delta is for a base of another size");
  const result = Buffer.allocUnsafe(checkedSize(size()));
  let filled = 0;
  while (at < delta.length) {
    const op = byte();
    if (op === 0) throw new Error("a delta has an instruction that is reserved");
    if ((op & 0x80) === 0) {
      if (at + op > delta.length || filled + op > result.length) throw new Error("a delta inserts beyond the end");
      result.set(delta.subarray(at, at + op), filled);
      at += op;
      filled += op;
      continue;
    }
    let offset = 0;
    let length = 0;
    for (let bit = 0; bit < 4; bit += 1) if ((op & (1 << bit)) !== 0) offset += byte() * 2 ** (8 * bit);
    for (let bit = 0; bit < 3; bit += 1) if ((op & (16 << bit)) !== 0) length += byte() * 2 ** (8 * bit);
    if (length === 0) length = 0x10000;
    if (offset + length > base.length || filled + length > result.length) {
      throw new Error("a delta copies beyond the end");
    }
    result.set(base.subarray(offset, offset + length), filled);
    filled += length;
  }
  if (filled !== result.length) throw new Error("a delta makes less than it announces");
  return result;
}

/** Memory that one object may take. */
export const MAX_OBJECT_BYTES = 2 ** 30;

export function checkedSize(size: number): number {
  if (size > MAX_OBJECT_BYTES) throw new Error(`an object of ${size} bytes is larger than ${MAX_OBJECT_BYTES}`);
  return size;
}
