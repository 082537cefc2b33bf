import { inflateSync, type ZlibOptions } from "node:zlib";
import { damagedPack } from "../wire-errors.js";
import { ENTRY_HEADER_BYTES, type EntryHeader, parseEntryHeader } from "./entry-header.js";
import type { PackSource } from "./pack-source.js";

/** The shortest entry: a byte of header, and zlib's way to say nothing. */
export const MIN_ENTRY_BYTES = 9;

/** Reads an entry's header. `end` is where the pack's trailer starts. */
export function readEntryHeader(pack: PackSource, offset: number, end: number): EntryHeader {
  return parseEntryHeader(pack.at(offset, Math.min(ENTRY_HEADER_BYTES, end - offset)), offset, damagedPack);
}

/** Inflates an entry's data. zlib says how much of the input it used: that is where the next entry starts. */
export function inflateEntry(
  pack: PackSource,
  header: EntryHeader,
  end: number,
): { readonly bytes: Uint8Array; readonly next: number } {
  // What does not compress grows by a few bytes for each 16 kB; twice the size is what nobody's zlib makes of it.
  const most = Math.min(end - header.data, header.size * 2 + 65_536);
  let room = Math.min(most, header.size + (header.size >> 8) + 1024);
  for (;;) {
    const result = inflate(pack.at(header.data, room), header.size, room < most);
    if (result !== undefined) return { bytes: result.bytes, next: header.data + result.used };
    room = most;
  }
}

/** @returns undefined when the input was not enough and more of it may follow */
function inflate(
  input: Uint8Array,
  size: number,
  mayGoOn: boolean,
): { readonly bytes: Uint8Array; readonly used: number } | undefined {
  const options: ZlibOptions & { info: true } = {
    info: true,
    // One byte more than announced: the output then fits one buffer and the end is still noticed.
    chunkSize: Math.max(64, size + 1),
    maxOutputLength: Math.max(1, size),
  };
  let result: { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } };
  try {
    // @types/node does not know the option `info` (node:zlib: "If true, returns an object with buffer and engine").
    result = inflateSync(input, options) as unknown as typeof result;
  } catch (error) {
    if (mayGoOn && (error as NodeJS.ErrnoException).code === "Z_BUF_ERROR") return undefined;
    throw damagedPack(`an entry that cannot be inflated (${error instanceof Error ? error.message : error})`);
  }
  if (result.buffer.byteLength !== size) throw damagedPack("an entry of another size than announced");
  return { bytes: result.buffer, used: result.engine.bytesWritten };
}
