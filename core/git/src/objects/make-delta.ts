/**
 * Bytes of a block. What two byte strings share at both ends is looked for in blocks first: comparing those is native.
 */
const BLOCK = 4096;
const COPY_BYTES = 0xffffff;
const INSERT_BYTES = 127;

/**
 * A delta (gitformat-pack(5), "Deltified representation") that makes `target` of `base`: what they share at the start
 * and at the end is copied. Edits in one place, as writes make them, come out at about the size of the edit.
 * @returns undefined where they share less than half
 */
export function makeDelta(base: Uint8Array, target: Uint8Array): Buffer | undefined {
  const most = Math.min(base.byteLength, target.byteLength);
  const head = sharedStart(base, target, most);
  const tail = sharedEnd(base, target, most - head);
  if ((head + tail) * 2 < target.byteLength) return undefined;
  const parts: Uint8Array[] = [size(base.byteLength), size(target.byteLength)];
  copy(parts, 0, head);
  for (let at = head; at < target.byteLength - tail; at += INSERT_BYTES) {
    const bytes = target.subarray(at, Math.min(at + INSERT_BYTES, target.byteLength - tail));
    parts.push(Uint8Array.of(bytes.byteLength), bytes);
  }
  copy(parts, base.byteLength - tail, tail);
  return Buffer.concat(parts);
}

function sharedStart(base: Uint8Array, target: Uint8Array, most: number): number {
  let at = 0;
  while (at + BLOCK <= most && Buffer.compare(base.subarray(at, at + BLOCK), target.subarray(at, at + BLOCK)) === 0) {
    at += BLOCK;
  }
  while (at < most && base[at] === target[at]) at += 1;
  return at;
}

function sharedEnd(base: Uint8Array, target: Uint8Array, most: number): number {
  const ends = (length: number): readonly [Uint8Array, Uint8Array] => [
    base.subarray(base.byteLength - length - BLOCK, base.byteLength - length),
    target.subarray(target.byteLength - length - BLOCK, target.byteLength - length),
  ];
  let length = 0;
  while (length + BLOCK <= most && Buffer.compare(...ends(length)) === 0) length += BLOCK;
  while (length < most && base[base.byteLength - 1 - length] === target[target.byteLength - 1 - length]) length += 1;
  return length;
}

function size(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Copy instructions: bits of the first byte say which bytes of offset and length follow. */
function copy(parts: Uint8Array[], offset: number, length: number): void {
  for (let done = 0; done < length; done += COPY_BYTES) {
    const bytes = [0x80];
    const add = (value: number, count: number, firstBit: number): void => {
      for (let index = 0; index < count; index += 1) {
        const byte = Math.floor(value / 256 ** index) & 0xff;
        if (byte === 0) continue;
        bytes[0] = (bytes[0] as number) | (1 << (firstBit + index));
        bytes.push(byte);
      }
    };
    add(offset + done, 4, 0);
    add(Math.min(COPY_BYTES, length - done), 3, 4);
    parts.push(Uint8Array.from(bytes));
  }
}
