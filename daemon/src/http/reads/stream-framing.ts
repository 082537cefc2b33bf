import { constants, crc32, deflateRawSync } from "node:zlib";
import type { VexilError } from "@vexil/plugin-api/errors";
import { errorBody } from "../error-response.js";
import { crc32Combine } from "./crc32-combine.js";
import type { PreparedNamespace } from "./prepared-namespace.js";

/** How messages look on one kind of stream. One for each connection: gzip keeps a running check. */
export interface StreamFraming {
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with the headers. */
  readonly opening: Buffer | undefined;
  /** Keeps proxies from closing an idle connection, where the framing has something that says nothing. */
  readonly heartbeat: Buffer | undefined;
  /** The bytes of a message, at once or when they are made. `sent` must follow when they are written. */
  message(namespace: PreparedNamespace): Buffer | Promise<Buffer>;
  failure(error: VexilError): Buffer;
  ending(): Buffer | undefined;
}

const HEARTBEAT = Buffer.from(":\n\n");

export function sseFailure(error: VexilError): string {
  const { code, message } = errorBody(error);
  return `data: ${JSON.stringify({ code, message, type: "error" })}\n\n`;
}

export function ndjsonFailure(error: VexilError): string {
  return `${JSON.stringify({ error: errorBody(error) })}\n`;
}

export const sseFraming: StreamFraming = {
  headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" },
  opening: undefined,
  heartbeat: HEARTBEAT,
  message: (namespace) => namespace.sse,
  failure: (error) => Buffer.from(sseFailure(error)),
  ending: () => undefined,
};

export const ndjsonFraming: StreamFraming = {
  headers: { "Content-Type": "application/json" },
  opening: undefined,
  heartbeat: undefined,
  message: (namespace) => namespace.message(),
  failure: (error) => Buffer.from(ndjsonFailure(error)),
  ending: () => undefined,
};

/** RFC 1952 §2.3: deflate, no flags, no time, unknown system. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty last block. */
const LAST_BLOCK = Buffer.from([3, 0]);

/**
 * NDJSON in one gzip stream, without a compressor of its own (which would cost 234 kB for each connection): messages
 * are compressed once for all, and only the stream's CRC and length are kept here.
 */
export class GzipNdjsonFraming implements StreamFraming {
  readonly headers: Readonly<Record<string, string>> = {
    "Content-Type": "application/json",
    "Content-Encoding": "gzip",
    Vary: "Accept-Encoding",
  };
  readonly opening: Buffer = GZIP_HEADER;
  readonly heartbeat: undefined = undefined;
  #crc = 0;
  #size = 0;

  async message(namespace: PreparedNamespace): Promise<Buffer> {
    const frame = await namespace.deflatedFrame();
    this.#append(frame.crc, frame.size);
    return frame.bytes;
  }

  failure(error: VexilError): Buffer {
    const message = Buffer.from(ndjsonFailure(error));
    this.#append(crc32(message), message.length);
    return deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH });
  }

  ending(): Buffer {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#crc, 0);
    trailer.writeUInt32LE(this.#size % 2 ** 32, 4);
    return Buffer.concat([LAST_BLOCK, trailer]);
  }

  #append(crc: number, size: number): void {
    this.#crc = this.#size === 0 ? crc : crc32Combine(this.#crc, crc, size);
    this.#size += size;
  }
}
