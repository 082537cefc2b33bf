import { inflateSync, type ZlibOptions } from "node:zlib";
import type { GitObjectType, Oid } from "@vexil/plugin-api";
import { corrupt } from "../protocol/wire-errors.js";
import type { PackSource } from "./pack-source.js";

/** The header of a pack's entry. `base` of a delta: its entry's offset in this pack, or an object's id. */
export interface EntryHeader {
  readonly type: GitObjectType | "delta";
  readonly base: number | Oid | undefined;
  readonly size: number;
  /** Where the compressed data starts. */
  readonly data: number;
}

const TYPES: Readonly<Record<number, GitObjectType>> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };
const OFS_DELTA = 6;
const REF_DELTA = 7;
const OID_BYTES = 20;
/** Longer than any header that makes sense. */
const HEADER_BYTES = 64;
/** The shortest entry: a byte of header, and zlib's way to say nothing. */
export const MIN_ENTRY_BYTES = 9;

/** Reads an entry's header (gitformat-pack(5)). `end` is where the pack's trailer starts. */
export function readEntryHeader(pack: PackSource, offset: number, end: number): EntryHeader {
  const bytes = pack.at(offset, Math.min(HEADER_BYTES, end - offset));
  let position = 0;
  const next = (): number => {
    const byte = bytes[position++];
    if (byte === undefined) throw corrupt("pack", "it ends within an entry");
    return byte;
  };
  let byte = next();
  const kind = (byte >> 4) & 7;
  let size = byte & 0x0f;
  for (let scale = 16; byte >= 0x80; scale *= 128) {
    byte = next();
    size += (byte & 0x7f) * scale;
    if (size > Number.MAX_SAFE_INTEGER) throw corrupt("pack", "an entry of impossible size");
  }
  if (kind === OFS_DELTA) {
    byte = next();
    let distance = byte & 0x7f;
    while (byte >= 0x80) {
      byte = next();
      distance = (distance + 1) * 128 + (byte & 0x7f);
      if (distance > offset) break;
    }
    if (distance <= 0 || distance > offset) throw corrupt("pack", "a delta whose base lies outside of the pack");
    return { type: "delta", base: offset - distance, size, data: offset + position };
  }
  if (kind === REF_DELTA) {
    if (position + OID_BYTES > bytes.byteLength) throw corrupt("pack", "it ends within an entry");
    const base = Buffer.from(bytes.subarray(position, position + OID_BYTES)).toString("hex");
    return { type: "delta", base, size, data: offset + position + OID_BYTES };
  }
  const type = TYPES[kind];
  if (type === undefined) throw corrupt("pack", `an entry of unknown type ${kind}`);
  return { type, base: undefined, size, data: offset + position };
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
    throw corrupt("pack", `an entry that cannot be inflated (${error instanceof Error ? error.message : error})`);
  }
  if (result.buffer.byteLength !== size) throw corrupt("pack", "an entry of another size than announced");
  return { bytes: result.buffer, used: result.engine.bytesWritten };
}
