import { promisify } from "node:util";
import { inflate as inflateCallback, inflateSync } from "node:zlib";

const inflateAsync = promisify(inflateCallback);

/** Contents above this size are inflated on another thread. */
const SYNC_BYTES = 2 ** 18;

/**
 * Inflates content whose size is known; what follows it in `compressed` is ignored.
 * @throws when it is cut, damaged or of another size
 */
export async function inflateExactly(compressed: Uint8Array, size: number): Promise<Buffer> {
  // One byte more than announced, so that longer content is noticed.
  const options = { maxOutputLength: size + 1, chunkSize: Math.max(64, Math.min(size + 1, 2 ** 20)) };
  const bytes = size <= SYNC_BYTES ? inflateSync(compressed, options) : await inflateAsync(compressed, options);
  if (bytes.length !== size) throw new Error(`inflated to ${bytes.length} bytes instead of ${size}`);
  return bytes;
}
