import type { ItemSpans, ListName, ListSpans } from "../read/item-spans.js";
import type { CommonBytes } from "./changed-bytes.js";

/** The items of a list that may have changed, and the bytes of the new text that have taken their place. */
export interface ItemWindow {
  readonly name: ListName;
  readonly indent: number;
  /** Index of the first one, and of the next that has not changed. */
  readonly first: number;
  readonly next: number;
  /** Bytes of the new text: from the beginning of a line on. */
  readonly start: number;
  readonly end: number;
  /** Kind of whatever comes behind them. */
  readonly ends: "item" | "key" | "file";
}

const LF = 10;
/** Of more the whole file is read: this much has to be looked through here. */
const MOST_BYTES = 1 << 20;
/** Marks of documents and directives, which are none inside of items. */
const MARK = /\n(?:---|\.\.\.|%)/;

/** Finds what may have changed; undefined where that is not within one list. */
export function changedItems(
  known: { readonly bytes: Uint8Array; readonly spans: ItemSpans },
  bytes: Uint8Array,
  common: CommonBytes,
): ItemWindow | undefined {
  for (const name of ["flags", "segments"] as const) {
    const list = known.spans[name];
    const window = list && windowIn(name, list, known.bytes.length, bytes, common);
    if (window !== undefined) return isClean(bytes, window) ? window : undefined;
  }
  return undefined;
}

function windowIn(
  name: ListName,
  { indent, starts, end }: ListSpans,
  before: number,
  bytes: Uint8Array,
  { prefix, suffix }: CommonBytes,
): ItemWindow | undefined {
  // Its dash, and the space behind it, are still there.
  const first = countUpTo(starts, prefix - indent - 2) - 1;
  if (first < 0 || prefix > end) return undefined;
  const changedTo = before - suffix;
  const next = countUpTo(starts, changedTo - 1);
  const isInside = next < starts.length;
  const oldEnd = isInside ? (starts[next] as number) : end;
  if (oldEnd < changedTo || next <= first) return undefined;
  const ends = isInside ? "item" : end === before ? "file" : "key";
  const newEnd = bytes.length - (before - oldEnd);
  const start = starts[first] as number;
  if ((ends !== "file" && bytes[newEnd - 1] !== LF) || newEnd - start > MOST_BYTES) return undefined;
  return { name, indent, first, next, start, end: newEnd, ends };
}

function isClean(bytes: Uint8Array, { start, end }: ItemWindow): boolean {
  return !MARK.test(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1"));
}

/** How many of ascending numbers are at most `limit`. */
function countUpTo(numbers: Uint32Array, limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
