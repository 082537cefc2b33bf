import { createReadStream } from "node:fs";

/** A line holds one event, and that a file of flags at most, twice. */
const LONGEST = 256 * 2 ** 20;

/** A line of a file, byte by byte, without its break. */
export interface TrailLine {
  readonly bytes: Buffer;
  /** From 1. */
  readonly number: number;
  /** It ends with a line break. */
  readonly isWhole: boolean;
}

/**
 * The lines of a file.
 * @throws Error if one is too long to be of a trail, or the file cannot be read
 */
export async function* trailLines(path: string): AsyncGenerator<TrailLine> {
  let number = 0;
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    const bytes = chunk as Buffer;
    let from = 0;
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, from)) {
      number += 1;
      yield { bytes: Buffer.concat([...pieces, bytes.subarray(from, at)]), number, isWhole: true };
      [pieces, length, from] = [[], 0, at + 1];
    }
    if (from < bytes.length) pieces.push(bytes.subarray(from));
    length += bytes.length - from;
    if (length > LONGEST) throw new Error(`line ${number + 1} is longer than ${LONGEST} bytes`);
  }
  if (length > 0) yield { bytes: Buffer.concat(pieces), number: number + 1, isWhole: false };
}
