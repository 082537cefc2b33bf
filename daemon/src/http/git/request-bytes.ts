import { promisify } from "node:util";
import { constants, createGunzip, createInflate, gunzip, inflate } from "node:zlib";
import { VexilError } from "@vexil/plugin-api/errors";
import type { RouteRequest } from "../route.js";

/** Of a request as it comes, and unpacked: some hundred thousand ids. */
export const REQUEST_BYTES = 8 * 1024 * 1024;
const UNPACKED_BYTES = 16 * 1024 * 1024;

const decoders = { gzip: promisify(gunzip), "x-gzip": promisify(gunzip), deflate: promisify(inflate) } as const;

/** The body of a request, which git compresses. @throws VexilError VEXIL_VALIDATION_REQUEST, VEXIL_VALIDATION_BODY_SIZE */
export async function requestBytes({ headers, bytes }: RouteRequest): Promise<Buffer> {
  const encoding = headers["content-encoding"] ?? "identity";
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (encoding === "identity") return body;
  if (!Object.hasOwn(decoders, encoding)) {
    throw new VexilError(
      "VEXIL_VALIDATION_REQUEST",
      `the content encoding ${encoding.slice(0, 40)} is not known; use gzip`,
    );
  }
  try {
    return await decoders[encoding as keyof typeof decoders](body, { maxOutputLength: UNPACKED_BYTES });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      const message = `the request is larger than ${UNPACKED_BYTES} bytes once it is unpacked`;
      throw new VexilError("VEXIL_VALIDATION_BODY_SIZE", message);
    }
    throw new VexilError("VEXIL_VALIDATION_REQUEST", "the request's body is not compressed as it says", { cause });
  }
}

/** Bytes of a request's beginning, as it comes and unpacked. */
const HEAD_BYTES = 4 * 1024;
const UNPACKED_HEAD_BYTES = 16 * 1024;

/** The beginning of a request, which costs next to nothing to unpack; empty where that cannot be done. */
export async function requestHead({ headers, bytes }: RouteRequest): Promise<Buffer> {
  const encoding = headers["content-encoding"] ?? "identity";
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEAD_BYTES));
  if (encoding === "identity") return head;
  const make = encoding === "deflate" ? createInflate : createGunzip;
  const unpack = make({ chunkSize: UNPACKED_HEAD_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
  unpack.end(head);
  try {
    for await (const piece of unpack) return piece as Buffer;
  } catch {
    // What is wrong with it is told where all of it is unpacked.
  }
  return Buffer.alloc(0);
}
