import type { GitObjectType, Oid } from "@vexil/plugin-api";
import type { FormatFault } from "./format-fault.js";

/** The header of a pack's entry (gitformat-pack(5)). */
export interface EntryHeader {
  readonly type: GitObjectType | "delta";
  /** Of a delta: the offset of its base's entry in this pack, or its base's id. */
  readonly base: number | Oid | undefined;
  /** Bytes of the object, or of the delta, once inflated. */
  readonly size: number;
  /** Offset at which the compressed data starts. */
  readonly data: number;
}

/** No entry's header is longer: a size, then a distance or an id. */
export const ENTRY_HEADER_BYTES = 64;

const TYPES: Readonly<Record<number, GitObjectType>> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };
const NUMBERS = { commit: 1, tree: 2, blob: 3, tag: 4, delta: 7 } as const;
const OFS_DELTA = 6;
const REF_DELTA = NUMBERS.delta;
const OID_BYTES = 20;

/**
 * Reads an entry's header.
 * @param bytes what the pack holds from `offset` on, {@link ENTRY_HEADER_BYTES} of it or up to its end
 */
export function parseEntryHeader(bytes: Uint8Array, offset: number, fault: FormatFault): EntryHeader {
  let position = 0;
  const next = (): number => {
    const byte = bytes[position++];
    if (byte === undefined) throw fault("an entry that is cut off");
    return byte;
  };
  let byte = next();
  const kind = (byte >> 4) & 7;
  let size = byte & 0x0f;
  for (let scale = 16; byte >= 0x80; scale *= 128) {
    byte = next();
    size += (byte & 0x7f) * scale;
    if (size > Number.MAX_SAFE_INTEGER) throw fault("an entry of impossible size");
  }
  if (kind === OFS_DELTA) {
    byte = next();
    let distance = byte & 0x7f;
    while (byte >= 0x80) {
      byte = next();
      distance = (distance + 1) * 128 + (byte & 0x7f);
      if (distance > offset) break;
    }
    if (distance <= 0 || distance > offset) throw fault("a delta whose base lies outside of the pack");
    return { type: "delta", base: offset - distance, size, data: offset + position };
  }
  if (kind === REF_DELTA) {
    if (position + OID_BYTES > bytes.byteLength) throw fault("an entry that is cut off");
    const base = Buffer.from(bytes.buffer, bytes.byteOffset + position, OID_BYTES).toString("hex");
    return { type: "delta", base, size, data: offset + position + OID_BYTES };
  }
  const type = TYPES[kind];
  if (type === undefined) throw fault(`an entry of unknown type ${kind}`);
  return { type, base: undefined, size, data: offset + position };
}

/** Writes an entry's header; the id of a delta's base follows it. */
export function serialiseEntryHeader(type: EntryHeader["type"], size: number): Buffer {
  return Buffer.from(kindAndSize(NUMBERS[type], size));
}

/** Writes the header of a delta whose base lies so many bytes before it in the pack. */
export function serialiseOffset(size: number, distance: number): Buffer {
  const bytes = [distance % 128];
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    bytes.unshift((rest % 128) | 0x80);
  }
  return Buffer.from([...kindAndSize(OFS_DELTA, size), ...bytes]);
}

function kindAndSize(kind: number, size: number): number[] {
  const bytes = [(kind << 4) | (size & 0x0f)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 0x80;
    bytes.push(rest % 128);
  }
  return bytes;
}
