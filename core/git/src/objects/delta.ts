import type { FormatFault } from "./format-fault.js";

/**
 * Applies a delta (gitformat-pack(5), "Deltified representation") to its base. Every index and size is checked.
 * @param maxBytes what the object may take at most
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array, maxBytes: number, fault: FormatFault): Buffer {
  const header = deltaSizes(delta, fault);
  if (header.baseSize !== base.byteLength) throw fault("a delta for a base of another size");
  if (header.resultSize > maxBytes) throw fault(`an object of ${header.resultSize} bytes`);
  const result = Buffer.allocUnsafe(header.resultSize);
  let position = header.next;
  let filled = 0;
  while (position < delta.byteLength) {
    const command = delta[position++] as number;
    if (command === 0) throw fault("a reserved delta command");
    if (command < 0x80) {
      if (position + command > delta.byteLength || filled + command > result.byteLength) throw fault(OVERRUN);
      result.set(delta.subarray(position, position + command), filled);
      position += command;
      filled += command;
      continue;
    }
    let offset = 0;
    let size = 0;
    for (let bit = 0; bit < 4; bit += 1) if (command & (1 << bit)) offset += (delta[position++] ?? 0) * 2 ** (8 * bit);
    for (let bit = 0; bit < 3; bit += 1) if (command & (0x10 << bit)) size += (delta[position++] ?? 0) * 2 ** (8 * bit);
    if (size === 0) size = 0x1_00_00;
    if (position > delta.byteLength || offset + size > base.byteLength || filled + size > result.byteLength) {
      throw fault(OVERRUN);
    }
    result.set(base.subarray(offset, offset + size), filled);
    filled += size;
  }
  if (filled !== result.byteLength) throw fault("a delta that does not fill its object");
  return result;
}

/** The sizes a delta starts with, and where its commands begin. */
export function deltaSizes(
  delta: Uint8Array,
  fault: FormatFault,
): {
  readonly baseSize: number;
  readonly resultSize: number;
  readonly next: number;
} {
  const base = readSize(delta, 0, fault);
  const result = readSize(delta, base.next, fault);
  return { baseSize: base.value, resultSize: result.value, next: result.next };
}

function readSize(
  bytes: Uint8Array,
  start: number,
  fault: FormatFault,
): { readonly value: number; readonly next: number } {
  let value = 0;
  let scale = 1;
  for (let next = start; next < start + 7; next += 1) {
    const byte = bytes[next];
    if (byte === undefined) break;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: next + 1 };
    scale *= 128;
  }
  throw fault("a delta without its sizes");
}

const OVERRUN = "a delta that reaches beyond its data";
