import type { FileHandle } from "node:fs/promises";

const PIECE = 65_536;
/** A line holds one event, and that a file of flags at most, twice. */
const LONGEST = 256 * 2 ** 20;
/** How each line of a trail begins. */
const BEGINNING = '{"seq":';

/** The end of a file of lines. */
export interface FileEnd {
  /** The last whole line, without its break; undefined: there is none, or it is too long to be of a trail. */
  readonly line: string | undefined;
  /** Bytes up to and with the last line break; all of them, where what follows is too long to be a line. */
  readonly whole: number;
  /** The rest behind them, if any, may be the beginning of a trail's line, or what a lost block left. */
  readonly isHalf: boolean;
}

/**
 * Reads from the end to the last whole line.
 * @param longest bytes that are looked through, about
 */
export async function readEnd(file: FileHandle, size: number, longest = LONGEST): Promise<FileEnd> {
  let tail = Buffer.alloc(0);
  let at = size;
  let end = -1;
  while (at > 0 && tail.length < longest) {
    // Twice as much each time: joining them costs no more than reading them.
    const length = Math.min(at, Math.max(PIECE, tail.length));
    at -= length;
    const piece = Buffer.alloc(length);
    await file.read(piece, 0, length, at);
    tail = Buffer.concat([piece, tail]);
    end = tail.lastIndexOf(0x0a);
    const start = end <= 0 ? -1 : tail.lastIndexOf(0x0a, end - 1);
    if (start >= 0) return endAt(tail, at, start + 1, end);
  }
  if (at > 0 && end < 0) return { line: undefined, whole: size, isHalf: false };
  return endAt(tail, at, 0, end);
}

function endAt(tail: Buffer, at: number, start: number, end: number): FileEnd {
  const line = end < 0 ? undefined : tail.toString("utf8", start, end);
  return { line, whole: at + end + 1, isHalf: isHalfLine(tail.subarray(end + 1)) };
}

function isHalfLine(rest: Buffer): boolean {
  return rest[0] === 0 || BEGINNING.startsWith(rest.toString("latin1", 0, BEGINNING.length));
}
