import type { FileHandle } from "node:fs/promises";

const PIECE = 65_536;
/** A line holds one event, and that a file of flags at most, twice. */
const LONGEST = 256 * 2 ** 20;

/** The end of a file of lines. */
export interface FileEnd {
  /** The last whole line, without its break; undefined: there is none. */
  readonly line: string | undefined;
  /** Bytes up to and with the last line break. */
  readonly whole: number;
}

/** Reads from the end to the last whole line. */
export async function readEnd(file: FileHandle, size: number): Promise<FileEnd> {
  let tail = Buffer.alloc(0);
  let at = size;
  let end = -1;
  while (at > 0 && tail.length < LONGEST) {
    const length = Math.min(PIECE, at);
    at -= length;
    const piece = Buffer.alloc(length);
    await file.read(piece, 0, length, at);
    tail = Buffer.concat([piece, tail]);
    end = tail.lastIndexOf(0x0a);
    const start = end <= 0 ? -1 : tail.lastIndexOf(0x0a, end - 1);
    if (start >= 0) return { line: tail.toString("utf8", start + 1, end), whole: at + end + 1 };
  }
  if (end < 0) return { line: undefined, whole: 0 };
  return { line: tail.toString("utf8", 0, end), whole: at + end + 1 };
}
