import type { TimeSlice } from "@vexil/plugin-api/time-slice";

/** Bytes that are compared at once. */
const BLOCK = 1 << 18;

/** Parts that two texts have in common at their beginnings and at their ends, in bytes; the two do not overlap. */
export interface CommonBytes {
  readonly prefix: number;
  readonly suffix: number;
}

export async function changedBytes(before: Uint8Array, after: Uint8Array, slice: TimeSlice): Promise<CommonBytes> {
  const [old, fresh] = [bufferOf(before), bufferOf(after)];
  const most = Math.min(old.length, fresh.length);
  const prefix = await common(most, slice, (at, size) => old.compare(fresh, at, at + size, at, at + size) === 0);
  const suffix = await common(most - prefix, slice, (at, size) => {
    const [oldEnd, freshEnd] = [old.length - at, fresh.length - at];
    return old.compare(fresh, freshEnd - size, freshEnd, oldEnd - size, oldEnd) === 0;
  });
  return { prefix, suffix };
}

/** How many bytes are the same, at most `most`; blocks first, then ever smaller ones where they are not. */
async function common(most: number, slice: TimeSlice, areSame: (at: number, size: number) => boolean): Promise<number> {
  let at = 0;
  for (let size = BLOCK; size > 0; ) {
    if (slice.due) await slice.next();
    const step = Math.min(size, most - at);
    if (step === 0) return at;
    if (areSame(at, step)) at += step;
    else size = step >> 1;
  }
  return at;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
