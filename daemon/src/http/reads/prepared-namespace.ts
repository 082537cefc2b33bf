import { promisify } from "node:util";
import { constants, crc32, deflate, deflateRaw, gzip } from "node:zlib";
import type { Encoding } from "../send-answer.js";
import type { ServedNamespace } from "./read-snapshots.js";

const compress = { gzip: promisify(gzip), deflate: promisify(deflate) } as const;
const deflateFrame = promisify(deflateRaw);

const RESULT_OPEN = '{"result":';
const RESULT_CLOSE = "}\n";

/** A stream message as a piece of a gzip stream: whole blocks that refer to nothing before them. */
export interface DeflatedFrame {
  readonly bytes: Buffer;
  /** Of the message before compression, for the end of the gzip stream. */
  readonly crc: number;
  readonly size: number;
}

/**
 * Everything clients get of one namespace's state, made once for all requests and subscribers: the snapshot's bytes,
 * its compressed forms (on first use) and the stream's messages.
 */
export class PreparedNamespace {
  readonly digest: string;
  /** The stream message; the snapshot's JSON lies inside it. */
  readonly ndjson: Buffer;
  readonly json: Buffer;
  readonly sse: Buffer;
  /** Of an answer that says that nothing has changed. */
  readonly unchangedHeaders: Readonly<Record<string, string>>;
  readonly #compressed: Partial<Record<Encoding, Buffer | Promise<Buffer>>> = {};
  #deflatedFrame: Promise<DeflatedFrame> | undefined;

  /** @param ndjson the stream message, when it was made elsewhere */
  constructor(digest: string, ndjson: Buffer) {
    this.digest = digest;
    this.ndjson = ndjson;
    this.json = ndjson.subarray(RESULT_OPEN.length, ndjson.length - RESULT_CLOSE.length);
    this.unchangedHeaders = { Etag: digest };
    this.sse = Buffer.from(
      `id: ${digest.slice(0, 9)}\ndata: {"etag":"${digest}","type":"refetchEvaluation"}\n\n`,
      "utf8",
    );
  }

  /** The compressed snapshot: at once when somebody has asked for it before. */
  compressed(encoding: Encoding): Buffer | Promise<Buffer> {
    const known = this.#compressed[encoding];
    if (known !== undefined) return known;
    const pending = compress[encoding](this.json).then((bytes) => {
      this.#compressed[encoding] = bytes;
      return bytes;
    });
    this.#compressed[encoding] = pending;
    return pending;
  }

  /** The NDJSON message for gzip-encoded streams: one piece that fits into every such stream. */
  deflatedFrame(): Promise<DeflatedFrame> {
    this.#deflatedFrame ??= deflatedFrame(this.ndjson);
    return this.#deflatedFrame;
  }
}

/** Compresses one message into blocks that end at a byte border without ending the stream (RFC 1951 §3.2.3). */
export async function deflatedFrame(message: Buffer): Promise<DeflatedFrame> {
  const bytes = await deflateFrame(message, { finishFlush: constants.Z_SYNC_FLUSH });
  return { bytes, crc: crc32(message), size: message.length };
}

const prepared = new WeakMap<ServedNamespace, PreparedNamespace>();

export function preparedNamespace(namespace: ServedNamespace): PreparedNamespace {
  let found = prepared.get(namespace);
  if (found === undefined) {
    const message = Buffer.from(RESULT_OPEN + namespace.clientJson + RESULT_CLOSE, "utf8");
    found = new PreparedNamespace(namespace.digest, message);
    prepared.set(namespace, found);
  }
  return found;
}

/** Makes known what another process has prepared for a namespace. */
export function keepPrepared(namespace: ServedNamespace, ready: PreparedNamespace): void {
  prepared.set(namespace, ready);
}
