import { promisify } from "node:util";
import { constants, crc32, deflate, deflateRaw, gzip } from "node:zlib";
import type { Encoding } from "../send-answer.js";
import { largeMessage, RESULT_CLOSE, RESULT_OPEN, smallMessage } from "./client-messages.js";
import type { ServedNamespace } from "./read-snapshots.js";

const compress = { gzip: promisify(gzip), deflate: promisify(deflate) } as const;
const deflateFrame = promisify(deflateRaw);

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
  readonly sse: Buffer;
  /** Of an answer that says that nothing has changed. */
  readonly unchangedHeaders: Readonly<Record<string, string>>;
  readonly #make: () => Promise<Buffer>;
  #message: Buffer | undefined;
  #making: Promise<Buffer> | undefined;
  readonly #compressed: Partial<Record<Encoding, Buffer | Promise<Buffer>>> = {};
  #deflatedFrame: Promise<DeflatedFrame> | undefined;

  /** @param message the stream message; or what makes it when somebody wants it first */
  constructor(digest: string, message: Buffer | (() => Promise<Buffer>)) {
    this.digest = digest;
    if (Buffer.isBuffer(message)) this.#message = message;
    this.#make = Buffer.isBuffer(message) ? async () => message : message;
    this.unchangedHeaders = { Etag: digest };
    this.sse = Buffer.from(
      `id: ${digest.slice(0, 9)}\ndata: {"etag":"${digest}","type":"refetchEvaluation"}\n\n`,
      "utf8",
    );
  }

  /** The stream message: at once where it is made already. */
  message(): Buffer | Promise<Buffer> {
    if (this.#message !== undefined) return this.#message;
    this.#making ??= this.#make()
      .then((message) => {
        this.#message = message;
        return message;
      })
      .finally(() => {
        this.#making = undefined;
      });
    return this.#making;
  }

  /** The snapshot, which lies inside the stream message. */
  json(): Buffer | Promise<Buffer> {
    const message = this.message();
    return Buffer.isBuffer(message) ? jsonIn(message) : message.then(jsonIn);
  }

  /** The compressed snapshot: at once when somebody has asked for it before. */
  compressed(encoding: Encoding): Buffer | Promise<Buffer> {
    const known = this.#compressed[encoding];
    if (known !== undefined) return known;
    const pending = this.#compress(encoding);
    this.#compressed[encoding] = pending;
    pending.then(
      (bytes) => {
        this.#compressed[encoding] = bytes;
      },
      () => {
        delete this.#compressed[encoding];
      },
    );
    return pending;
  }

  /** The NDJSON message for gzip-encoded streams: one piece that fits into every such stream. */
  deflatedFrame(): Promise<DeflatedFrame> {
    this.#deflatedFrame ??= this.#deflate();
    return this.#deflatedFrame;
  }

  async #compress(encoding: Encoding): Promise<Buffer> {
    return compress[encoding](await this.json());
  }

  async #deflate(): Promise<DeflatedFrame> {
    try {
      return await deflatedFrame(await this.message());
    } catch (error) {
      this.#deflatedFrame = undefined;
      throw error;
    }
  }
}

function jsonIn(message: Buffer): Buffer {
  return message.subarray(RESULT_OPEN.length, message.length - RESULT_CLOSE.length);
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
    const message = smallMessage(namespace) ?? (() => largeMessage(namespace));
    found = new PreparedNamespace(namespace.digest, message);
    prepared.set(namespace, found);
  }
  return found;
}

/** Makes known what another process has prepared for a namespace. */
export function keepPrepared(namespace: ServedNamespace, ready: PreparedNamespace): void {
  prepared.set(namespace, ready);
}
