import { crc32 } from "node:zlib";

/** Bucket 0…999 of an entity for a variant flag: flag key first (`flag-state.md` §6.5). */
export function variantBucket(flagKey: string, entityId: string): number {
  return crc32OfBoth(flagKey, entityId) % 1000;
}

/** Bucket 0…99 of an entity for a threshold: entity first. */
export function thresholdBucket(flagKey: string, entityId: string): number {
  return crc32OfBoth(entityId, flagKey) % 100;
}

/**
 * CRC-32 of two texts, one after the other. Keys are short and nearly always ASCII: for those a call into zlib costs
 * several times the sum itself.
 */
function crc32OfBoth(first: string, second: string): number {
  const begun = crc32OfAscii(first, -1);
  const ended = begun === undefined ? undefined : crc32OfAscii(second, begun);
  return ended === undefined ? crc32(first + second) : ~ended >>> 0;
}

const TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let sum = index;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});

/** The running sum, not yet inverted; undefined if a character is not ASCII, or the text is long. */
function crc32OfAscii(text: string, start: number): number | undefined {
  if (text.length > 64) return undefined;
  let sum = start;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) return undefined;
    sum = (TABLE[(sum ^ code) & 255] as number) ^ (sum >>> 8);
  }
  return sum;
}
