import type { GitObject } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { openPack, type PackPlace } from "./pack-source.js";
import { PackSpool } from "./pack-spool.js";
import { timeSlice } from "./time-slice.js";
import { unpack } from "./unpack.js";
import type { ReadObjects } from "./unpack-options.js";
import { UnpackProcess } from "./unpack-process.js";
import { UnpackTurns } from "./unpack-turns.js";

/** Packs of more than this, and packs with an object of more than that, are unpacked in a process of their own. */
const HERE = { maxBytes: 16 * 1024 * 1024, maxObjectBytes: 1024 * 1024 };
/** One object may take this much, and where more is allowed in all a share of that: it is held several times over. */
const OBJECT_BYTES = 64 * 1024 * 1024;
const OBJECT_SHARE = 8;
/** Objects are stored in lots of this size at about most. */
const LOT_BYTES = 32 * 1024 * 1024;
const LOT_OBJECTS = 50_000;
/** Large packs that are unpacked at once, whatever storages they are of: each holds some objects in memory. */
const turns = new UnpackTurns(2);

export type StoreObjects = (objects: readonly GitObject[]) => Promise<void>;

/** Collects a pack as it arrives and unpacks it, without holding the event loop for long or much of it in memory. */
export class PackReceiver {
  readonly #maxBytes: number;
  readonly #maxObjectBytes: number;
  readonly #spool = new PackSpool();
  #process: UnpackProcess | undefined;
  #isClosed = false;

  /** @param packBytes what the objects may take together (`limits.pack_bytes`) */
  constructor(packBytes: number) {
    this.#maxBytes = packBytes;
    this.#maxObjectBytes = Math.min(packBytes, Math.max(OBJECT_BYTES, packBytes / OBJECT_SHARE));
  }

  get sizeBytes(): number {
    return this.#spool.sizeBytes;
  }

  /** Takes the next bytes; what it returns is to be waited for before more is brought. */
  take(chunk: Uint8Array): Promise<void> | undefined {
    return this.#spool.take(chunk);
  }

  /** Hands the objects to `store`, commits last. What is damaged or too large is refused before that. */
  async finish(readBase: ReadObjects, store: StoreObjects): Promise<void> {
    const place = await this.#spool.place();
    if (place.type === "bytes") {
      const objects = await this.#unpackHere(place, readBase);
      if (objects !== undefined) {
        await store(objects);
        return;
      }
    }
    const endTurn = await turns.take();
    try {
      await this.#unpackBeside(place, readBase, new Lots(store));
    } finally {
      endTurn();
    }
  }

  /** Idempotent; also after {@link finish}. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#process?.close();
    await this.#spool.close();
  }

  async #unpackBeside(place: PackPlace, readBase: ReadObjects, lots: Lots): Promise<void> {
    // Whoever waited for the turn may have given up.
    if (this.#isClosed) return;
    this.#process = new UnpackProcess(place, { maxBytes: this.#maxBytes, maxObjectBytes: this.#maxObjectBytes });
    await this.#process.run(readBase, (objects) => lots.take(objects));
    await lots.end();
  }

  /** @returns undefined when it is too much for the thread that everybody waits for */
  async #unpackHere(place: PackPlace, readBase: ReadObjects): Promise<readonly GitObject[] | undefined> {
    const objects: GitObject[] = [];
    const maxBytes = Math.min(HERE.maxBytes, this.#maxBytes);
    const maxObjectBytes = Math.min(HERE.maxObjectBytes, this.#maxObjectBytes);
    try {
      await unpack(openPack(place), {
        readBase,
        store: async (lot) => void objects.push(...lot),
        maxBytes,
        maxObjectBytes,
        pause: timeSlice(),
      });
      return objects;
    } catch (error) {
      const isLimited = maxBytes < this.#maxBytes || maxObjectBytes < this.#maxObjectBytes;
      if (isLimited && VexilError.is(error) && error.code === "VEXIL_REMOTE_TOO_LARGE") return undefined;
      throw error;
    }
  }
}

/** Puts what a process brings together: a store takes few large batches better than many small ones. */
class Lots {
  readonly #store: StoreObjects;
  #objects: GitObject[] = [];
  #bytes = 0;

  constructor(store: StoreObjects) {
    this.#store = store;
  }

  async take(objects: readonly GitObject[]): Promise<void> {
    for (const object of objects) {
      this.#objects.push(object);
      this.#bytes += object.bytes.byteLength;
    }
    if (this.#bytes >= LOT_BYTES || this.#objects.length >= LOT_OBJECTS) await this.end();
  }

  async end(): Promise<void> {
    const objects = this.#objects;
    this.#objects = [];
    this.#bytes = 0;
    if (objects.length > 0) await this.#store(objects);
  }
}
