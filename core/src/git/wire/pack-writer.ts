import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { deflate, deflateSync } from "node:zlib";
import type { GitObject, GitObjectType } from "../../contract/backend.js";
import { breather } from "./breather.js";

const TYPE_NUMBERS: Readonly<Record<GitObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** Above this an object is compressed on zlib's own threads. */
const INLINE_BYTES = 32 * 1024;

const deflateAside = promisify(deflate);

/** Writes a pack (gitformat-pack(5)) of whole objects, without deltas. */
export async function writePack(objects: readonly GitObject[]): Promise<Buffer> {
  const pause = breather();
  const header = Buffer.alloc(12);
  header.write("PACK", "latin1");
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const parts: Uint8Array[] = [header];
  for (const object of objects) {
    parts.push(entryHeader(TYPE_NUMBERS[object.type], object.bytes.byteLength));
    parts.push(
      object.bytes.byteLength > INLINE_BYTES
        ? await deflateAside(object.bytes)
        : deflateSync(object.bytes, { level: 6 }),
    );
    await pause();
  }
  const hash = createHash("sha1");
  for (const part of parts) hash.update(part);
  return Buffer.concat([...parts, hash.digest()]);
}

function entryHeader(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 0x0f)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 0x80;
    bytes.push(rest & 0x7f);
  }
  return Buffer.from(bytes);
}
