import { promisify } from "node:util";
import { deflate, deflateSync } from "node:zlib";

/** Above this an object is compressed on zlib's own threads. */
const INLINE_BYTES = 32 * 1024;

/** zlib's window for most objects of a write need not be larger: making the usual one costs more than compressing them. */
const SMALL_BYTES = 1024;
const SMALL = { level: 6, windowBits: 10, memLevel: 4 };

const deflateAside = promisify(deflate);

/** Compresses the data of a pack's entry: large ones aside, small ones at once. */
export function compressEntry(bytes: Uint8Array): Buffer | Promise<Buffer> {
  if (bytes.byteLength > INLINE_BYTES) return deflateAside(bytes);
  return deflateSync(bytes, bytes.byteLength > SMALL_BYTES ? { level: 6 } : SMALL);
}
