import { crc32 } from "node:zlib";
import { CRC_TABLE, shiftTables } from "./crc-tables.js";

/** Bucket 0…999 of an entity for a variant flag: flag key first. */
export function variantBucket(flagKey: string, entityId: string): number {
  const entity = sumsOf(entityId);
  const begun = entity === undefined ? undefined : sumOfAscii(flagKey, -1);
  if (entity === undefined || begun === undefined) return crc32(flagKey + entityId) % 1000;
  return (~(shifted(begun, entity.shift) ^ entity.fromZero) >>> 0) % 1000;
}

/** Bucket 0…99 of an entity for a threshold: entity first. */
export function thresholdBucket(flagKey: string, entityId: string): number {
  const entity = sumsOf(entityId);
  const ended = entity === undefined ? undefined : sumOfAscii(flagKey, entity.fromStart);
  return (ended === undefined ? crc32(entityId + flagKey) : ~ended >>> 0) % 100;
}

/** Texts up to here are summed here, longer ones by zlib. */
const LONGEST = 64;

/** Contributions of a text to a CRC-32. */
interface Sums {
  /** The sum of the text from the sum's start, and from zero. */
  readonly fromStart: number;
  readonly fromZero: number;
  /** Tables that give a sum once as many zero bytes follow. */
  readonly shift: Int32Array;
}

/**
 * One request asks about one entity, and often about many flags: the entity's part of the sum is made once. Keys are
 * short and nearly always ASCII: for those a call into zlib costs several times the sum itself.
 */
let lastEntity = "";
let lastSums: Sums | undefined = makeSums("");

function sumsOf(entityId: string): Sums | undefined {
  if (entityId !== lastEntity) {
    lastSums = makeSums(entityId);
    lastEntity = entityId;
  }
  return lastSums;
}

function makeSums(text: string): Sums | undefined {
  const fromStart = sumOfAscii(text, -1);
  if (fromStart === undefined) return undefined;
  const shift = shiftTables(text.length);
  return { fromStart, fromZero: fromStart ^ shifted(-1, shift), shift };
}

/** The running sum, not yet inverted; undefined if a character is not ASCII, or the text is long. */
function sumOfAscii(text: string, start: number): number | undefined {
  if (text.length > LONGEST) return undefined;
  let sum = start;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) return undefined;
    sum = (CRC_TABLE[(sum ^ code) & 255] as number) ^ (sum >>> 8);
  }
  return sum;
}

function shifted(sum: number, shift: Int32Array): number {
  return (
    (shift[sum & 255] as number) ^
    (shift[256 + ((sum >>> 8) & 255)] as number) ^
    (shift[512 + ((sum >>> 16) & 255)] as number) ^
    (shift[768 + (sum >>> 24)] as number)
  );
}
