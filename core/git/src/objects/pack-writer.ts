import { createHash } from "node:crypto";
import type { GitObject, GitObjectType } from "@vexil/plugin-api";
import { compressEntry } from "./compress-entry.js";
import { serialiseEntryHeader } from "./entry-header.js";
import { makeDelta } from "./make-delta.js";
import { timeSlice } from "./time-slice.js";

/** Smaller objects are sent whole. */
const DELTA_BYTES = 512;
/** As deep as git itself makes chains of deltas. */
const CHAIN_LENGTH = 50;

interface Base {
  readonly object: GitObject;
  readonly depth: number;
}

/**
 * Writes a pack (gitformat-pack(5)). Where an object of the same type before it has much in common with it, as the
 * versions of a file in a group of writes have, only the difference is sent.
 */
export async function writePack(objects: readonly GitObject[]): Promise<Buffer> {
  const pause = timeSlice();
  const header = Buffer.alloc(12);
  header.write("PACK", "latin1");
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const parts: Uint8Array[] = [header];
  const last = new Map<GitObjectType, Base>();
  for (const object of objects) {
    const base = last.get(object.type);
    const delta = deltaOf(base, object);
    if (base === undefined || delta === undefined) {
      parts.push(serialiseEntryHeader(object.type, object.bytes.byteLength), await compressEntry(object.bytes));
    } else {
      parts.push(
        serialiseEntryHeader("delta", delta.byteLength),
        Buffer.from(base.object.oid, "hex"),
        await compressEntry(delta),
      );
    }
    if (object.bytes.byteLength >= DELTA_BYTES) {
      last.set(object.type, { object, depth: base === undefined || delta === undefined ? 0 : base.depth + 1 });
    }
    await pause();
  }
  const hash = createHash("sha1");
  for (const part of parts) hash.update(part);
  return Buffer.concat([...parts, hash.digest()]);
}

function deltaOf(base: Base | undefined, object: GitObject): Buffer | undefined {
  if (base === undefined || base.depth >= CHAIN_LENGTH || object.bytes.byteLength < DELTA_BYTES) return undefined;
  if (base.object.oid === object.oid) return undefined;
  return makeDelta(base.object.bytes, object.bytes);
}
