import { inflateSync, type ZlibOptions } from "node:zlib";
import type { GitObjectType, Oid } from "../../contract/backend.js";
import { corrupt } from "./wire-errors.js";

/** One entry of a pack, inflated. `base` of a delta: the entry's offset in this pack, or an object's id. */
export type PackEntry = {
  /** Where the entry after it starts. */
  readonly next: number;
  readonly bytes: Uint8Array;
} & ({ readonly type: GitObjectType } | { readonly type: "delta"; readonly base: number | Oid });

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

/** Reads an entry's header (gitformat-pack(5)). `pack` ends where the trailer starts. */
export function readEntryHeader(pack: Uint8Array, offset: number): EntryHeader {
  let position = offset;
  const next = (): number => {
    const byte = pack[position++];
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
    return { type: "delta", base: offset - distance, size, data: position };
  }
  if (kind === REF_DELTA) {
    if (position + OID_BYTES > pack.byteLength) throw corrupt("pack", "it ends within an entry");
    const base = Buffer.from(pack.subarray(position, position + OID_BYTES)).toString("hex");
    return { type: "delta", base, size, data: position + OID_BYTES };
  }
  const type = TYPES[kind];
  if (type === undefined) throw corrupt("pack", `an entry of unknown type ${kind}`);
  return { type, base: undefined, size, data: position };
}

/** Inflates an entry's data. zlib says how much of the input it used: that is where the next entry starts. */
export function inflateEntry(
  pack: Uint8Array,
  header: EntryHeader,
): { readonly bytes: Uint8Array; readonly next: number } {
  const options: ZlibOptions & { info: true } = {
    info: true,
    // One byte more than announced: the output then fits one buffer and the end is still noticed.
    chunkSize: Math.max(64, header.size + 1),
    maxOutputLength: Math.max(1, header.size),
  };
  let result: { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } };
  try {
    // @types/node does not know the option `info` (node:zlib: "If true, returns an object with buffer and engine").
    result = inflateSync(pack.subarray(header.data), options) as unknown as typeof result;
  } catch (error) {
    throw corrupt("pack", `an entry that cannot be inflated (${error instanceof Error ? error.message : error})`);
  }
  if (result.buffer.byteLength !== header.size) throw corrupt("pack", "an entry of another size than announced");
  return { bytes: result.buffer, next: header.data + result.engine.bytesWritten };
}
