import { changedLines, type Pause } from "./changed-lines.js";

/** Common lines beside what differs that are looked at, too: a change among equal lines may be moved into them. */
const CONTEXT = 100;
const CHUNK = 65_536;
const LINE_FEED = 10;

/** Where the lines of a text come from, if it was made from another one. */
export interface LineOrigins {
  /** The line that it was, counted from 1; undefined for one that is new. */
  of(line: number): number | undefined;
}

/** Compares two texts line by line; lines end with LF, as git has it. */
export async function lineOrigins(before: Uint8Array, after: Uint8Array, pause: Pause): Promise<LineOrigins> {
  const [old, now] = [bufferOf(before), bufferOf(after)];
  const start = lineStart(now, commonStart(old, now), CONTEXT);
  const same = commonEnd(old, now, start);
  const [oldEnd, nowEnd] = [lineEnd(old, old.length - same, CONTEXT), lineEnd(now, now.length - same, CONTEXT)];
  const [oldLines, nowLines] = [linesOf(old, start, oldEnd), linesOf(now, start, nowEnd)];
  await pause();
  const changed = await changedLines(oldLines, nowLines, pause);
  const first = countLines(now, start);
  const origins = new Int32Array(nowLines.length).fill(-1);
  let from = 0;
  for (let line = 0; line < nowLines.length; line += 1) {
    if (changed.after[line] === 1) continue;
    while (changed.before[from] === 1) from += 1;
    origins[line] = from;
    from += 1;
  }
  return {
    of: (line) => {
      const index = line - 1 - first;
      if (index < 0) return line;
      if (index >= nowLines.length) return line - nowLines.length + oldLines.length;
      const origin = origins[index] as number;
      return origin < 0 ? undefined : origin + 1 + first;
    },
  };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function commonStart(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at + CHUNK <= most && a.compare(b, at, at + CHUNK, at, at + CHUNK) === 0) at += CHUNK;
  while (at < most && a[at] === b[at]) at += 1;
  return at;
}

/** Bytes at the end that both have, not counting what lies before `start`. */
function commonEnd(a: Buffer, b: Buffer, start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let size = 0;
  const isChunkEqual = (): boolean => {
    const [endA, endB] = [a.length - size, b.length - size];
    return a.compare(b, endB - CHUNK, endB, endA - CHUNK, endA) === 0;
  };
  while (size + CHUNK <= most && isChunkEqual()) size += CHUNK;
  while (size < most && a[a.length - 1 - size] === b[b.length - 1 - size]) size += 1;
  return size;
}

/** Start of the line that has a byte, or of one so many lines before it. */
function lineStart(text: Buffer, offset: number, linesBefore: number): number {
  let at = offset;
  for (let count = 0; count <= linesBefore && at > 0; count += 1) {
    at = text.lastIndexOf(LINE_FEED, at - 1);
    if (at < 0) return 0;
    if (count < linesBefore) continue;
    return at + 1;
  }
  return at;
}

/** End of the line that has a byte, or of one so many lines after it. */
function lineEnd(text: Buffer, offset: number, linesAfter: number): number {
  let at = offset;
  for (let count = 0; count <= linesAfter; count += 1) {
    const end = text.indexOf(LINE_FEED, at);
    if (end < 0) return text.length;
    at = end + 1;
  }
  return at;
}

function linesOf(text: Buffer, start: number, end: number): readonly string[] {
  if (start === end) return [];
  const lines = text.toString("latin1", start, end).split("\n");
  // What follows the last line feed is a line of its own only if there is something.
  const last = lines.pop() as string;
  const ended = lines.map((line) => `${line}\n`);
  return last === "" ? ended : [...ended, last];
}

function countLines(text: Buffer, end: number): number {
  let count = 0;
  for (let at = text.indexOf(LINE_FEED); at !== -1 && at < end; at = text.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}
