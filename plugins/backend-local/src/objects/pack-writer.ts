import { createHash, randomBytes } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { crc32, deflate as deflateCallback, deflateSync } from "node:zlib";
import { serialiseEntryHeader } from "@vexil/git/objects";
import type { GitObject } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api";
import { syncDirectory, writeNewFile } from "../disk/atomic-file.js";
import type { Permissions } from "../disk/permissions.js";
import { ownMark } from "../locks/process-identity.js";

const deflate = promisify(deflateCallback);
const SYNC_BYTES = 2 ** 16;

/** Names of our unfinished packs, with the writer's mark in them; git, too, sweeps `tmp_*` away, and opens whatever ends in `.idx`. */
export const TEMPORARY_PREFIX = "tmp_vexil_";

interface Placed {
  readonly oid: Buffer;
  readonly offset: number;
  readonly crc: number;
}

/**
 * Stores many objects as one pack with its index (gitformat-pack(5)), without deltas. The pack counts once its index is
 * there, and that comes last.
 */
export async function writePack(
  objectDirectory: string,
  objects: readonly GitObject[],
  permissions: Permissions,
  signal?: AbortSignal,
): Promise<void> {
  const slice = new TimeSlice();
  const header = Buffer.alloc(12);
  header.write("PACK", "latin1");
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const chunks: Buffer[] = [header];
  const hash = createHash("sha1").update(header);
  const placed: Placed[] = [];
  let offset = header.length;
  for (const object of objects) {
    const small = object.bytes.byteLength <= SYNC_BYTES;
    const body = small ? deflateSync(object.bytes, { level: 1 }) : await deflate(object.bytes, { level: 1 });
    const entry = Buffer.concat([serialiseEntryHeader(object.type, object.bytes.byteLength), body]);
    hash.update(entry);
    placed.push({ oid: Buffer.from(object.oid, "hex"), offset, crc: crc32(entry) });
    chunks.push(entry);
    offset += entry.length;
    await slice.pause(signal);
  }
  const checksum = hash.digest();
  const directory = join(objectDirectory, "pack");
  permissions.makeDirectory(directory, objectDirectory);
  const mark = `${ownMark()}_${randomBytes(8).toString("hex")}`;
  const pack = join(directory, `${TEMPORARY_PREFIX}pack_${mark}`);
  const index = join(directory, `${TEMPORARY_PREFIX}idx_${mark}`);
  const name = join(directory, `pack-${checksum.toString("hex")}`);
  const options = { mode: 0o444, permissions };
  try {
    await writeNewFile(pack, [Buffer.concat(chunks), checksum], options);
    await writeNewFile(index, indexOf(placed, checksum), options);
    await rename(pack, `${name}.pack`);
    await rename(index, `${name}.idx`);
  } catch (error) {
    await Promise.all([rm(pack, { force: true }), rm(index, { force: true })]);
    throw error;
  }
  await syncDirectory(directory);
}

/** The parts of an index of version 2. */
function indexOf(placed: readonly Placed[], packChecksum: Buffer): readonly Buffer[] {
  const sorted = [...placed].sort((a, b) => a.oid.compare(b.oid));
  const head = Buffer.alloc(8 + 1024);
  head.writeUInt32BE(0xff744f63, 0);
  head.writeUInt32BE(2, 4);
  const upTo = new Uint32Array(256);
  for (const { oid } of sorted) upTo[oid[0] ?? 0] = (upTo[oid[0] ?? 0] ?? 0) + 1;
  let sum = 0;
  for (let first = 0; first < 256; first += 1) {
    sum += upTo[first] ?? 0;
    head.writeUInt32BE(sum, 8 + first * 4);
  }
  const crcs = Buffer.alloc(sorted.length * 4);
  const offsets = Buffer.alloc(sorted.length * 4);
  const large: Buffer[] = [];
  for (const [index, { crc, offset }] of sorted.entries()) {
    crcs.writeUInt32BE(crc, index * 4);
    if (offset < 0x80000000) {
      offsets.writeUInt32BE(offset, index * 4);
      continue;
    }
    offsets.writeUInt32BE(0x80000000 + large.length, index * 4);
    const wide = Buffer.alloc(8);
    wide.writeBigUInt64BE(BigInt(offset));
    large.push(wide);
  }
  const parts = [head, Buffer.concat(sorted.map(({ oid }) => oid)), crcs, offsets, ...large, packChecksum];
  const hash = createHash("sha1");
  for (const part of parts) hash.update(part);
  return [...parts, hash.digest()];
}
