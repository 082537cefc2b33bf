import type { GitObject } from "../../contract/backend.js";
import { breather } from "./breather.js";
import { type ReadObjects, unpack } from "./unpack.js";
import { UnpackThread } from "./unpack-thread.js";

/** Packs above this, and packs that hold an object above {@link MAX_OBJECT_BYTES}, are unpacked in a thread. */
const MAX_PACK_BYTES = 4 * 1024 * 1024;
const MAX_OBJECT_BYTES = 1024 * 1024;

/** Objects unpack to at most this many times the limit of the pack. */
const EXPANSION = 4;

/** Collects a pack as it arrives and unpacks it, without holding the event loop for long. */
export class PackReceiver {
  sizeBytes = 0;
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #thread: UnpackThread | undefined;

  constructor(packBytes: number) {
    this.#maxBytes = packBytes * EXPANSION;
  }

  take(chunk: Uint8Array): void {
    this.sizeBytes += chunk.byteLength;
    if (this.#thread !== undefined) {
      this.#thread.take(chunk);
      return;
    }
    this.#chunks.push(chunk);
    if (this.sizeBytes > MAX_PACK_BYTES) this.#moveToThread();
  }

  async finish(readBase: ReadObjects): Promise<readonly GitObject[]> {
    if (this.#thread === undefined) {
      try {
        return await this.#unpackHere(readBase);
      } catch (error) {
        if (!(error instanceof LargeObject)) throw error;
        this.#moveToThread();
      }
    }
    return (this.#thread as unknown as UnpackThread).finish(readBase);
  }

  /** Idempotent; also after {@link finish}. */
  async close(): Promise<void> {
    await this.#thread?.close();
  }

  #unpackHere(readBase: ReadObjects): Promise<readonly GitObject[]> {
    const pack = Buffer.concat(this.#chunks);
    this.#chunks = [pack];
    return unpack(pack, {
      readBase,
      maxBytes: this.#maxBytes,
      pause: breather(),
      admit: (size) => {
        if (size > MAX_OBJECT_BYTES) throw new LargeObject();
      },
    });
  }

  #moveToThread(): void {
    this.#thread = new UnpackThread(this.#maxBytes);
    for (const chunk of this.#chunks) this.#thread.take(chunk);
    this.#chunks = [];
  }
}

class LargeObject extends Error {}
