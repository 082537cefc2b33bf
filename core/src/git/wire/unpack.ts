import { createHash } from "node:crypto";
import type { GitObject, GitObjectType, Oid } from "../../contract/backend.js";
import { VexilError } from "../../errors/vexil-error.js";
import { objectId } from "../object-id.js";
import { applyDelta, deltaSizes } from "./delta.js";
import { inflateEntry, readEntryHeader } from "./pack-entry.js";
import { corrupt, truncated } from "./wire-errors.js";

/** Reads objects by id; what is missing is absent. */
export type ReadObjects = (oids: readonly Oid[]) => Promise<ReadonlyMap<Oid, GitObject>>;

export interface UnpackOptions {
  /** Reads the bases of a thin pack that the pack itself does not hold. */
  readonly readBase: ReadObjects;
  /** Bytes of all objects together at most. */
  readonly maxBytes: number;
  /** Called between objects; may wait, so that others get their turn. */
  readonly pause: () => Promise<void> | undefined;
  /** Called with the size of each object before it is made; may throw to give up. */
  readonly admit?: (sizeBytes: number) => void;
}

const HEADER_BYTES = 12;
const TRAILER_BYTES = 20;

/**
 * Takes a pack apart (gitformat-pack(5)): the trailer is checked before anything else, every object is hashed, deltas
 * are resolved against this pack, then against the store. A delta whose base never appears (or only by way of itself)
 * is an error, not a loop.
 * @throws VexilError CONNECTION_CORRUPT, CONNECTION_TRUNCATED, REMOTE_TOO_LARGE
 */
export async function unpack(pack: Uint8Array, options: UnpackOptions): Promise<readonly GitObject[]> {
  const count = checkFrame(pack);
  const body = pack.subarray(0, pack.byteLength - TRAILER_BYTES);
  const unpacking = new Unpacking(options);
  let offset = HEADER_BYTES;
  for (let index = 0; index < count; index += 1) {
    const header = readEntryHeader(body, offset);
    unpacking.admit(header.size);
    const entry = inflateEntry(body, header);
    if (header.type === "delta") unpacking.takeDelta(offset, header.base as number | Oid, entry.bytes);
    else unpacking.settle(offset, header.type, entry.bytes);
    offset = entry.next;
    await options.pause();
  }
  if (offset !== body.byteLength) throw corrupt("pack", "data follows its last object");
  await unpacking.resolveOutside(options.readBase, options.pause);
  return unpacking.objects;
}

function checkFrame(pack: Uint8Array): number {
  if (pack.byteLength < HEADER_BYTES + TRAILER_BYTES) throw truncated("pack");
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  if (view.getUint32(0) !== 0x50_41_43_4b || (view.getUint32(4) !== 2 && view.getUint32(4) !== 3)) {
    throw corrupt("pack", "it does not start like a pack");
  }
  const sum = createHash("sha1").update(pack.subarray(0, -TRAILER_BYTES)).digest();
  if (!sum.equals(pack.subarray(-TRAILER_BYTES))) throw corrupt("pack", "its checksum is wrong");
  return view.getUint32(8);
}

interface Settled {
  readonly type: GitObjectType;
  readonly bytes: Uint8Array;
}

interface Delta {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

class Unpacking {
  readonly objects: GitObject[] = [];
  readonly #byOffset = new Map<number, Settled>();
  readonly #byOid = new Map<Oid, Settled>();
  /** Deltas whose base (offset or id) has not appeared yet. */
  readonly #waiting = new Map<number | Oid, Delta[]>();
  readonly #waitingOffsets = new Set<number>();
  readonly #options: UnpackOptions;
  #total = 0;

  constructor(options: UnpackOptions) {
    this.#options = options;
  }

  /** Refuses an object that is too large before memory is taken for it. */
  admit(size: number): void {
    if (this.#total + size > this.#options.maxBytes) {
      throw new VexilError(
        "VEXIL_REMOTE_TOO_LARGE",
        `the remote's objects unpack to more than ${this.#options.maxBytes} bytes (raise limits.pack_bytes if this is meant to be)`,
        { details: { step: "pack" } },
      );
    }
    this.#options.admit?.(size);
  }

  takeDelta(offset: number, base: number | Oid, bytes: Uint8Array): void {
    this.#total += bytes.byteLength;
    const settled = typeof base === "number" ? this.#byOffset.get(base) : this.#byOid.get(base);
    if (settled !== undefined) {
      this.#apply(offset, settled, bytes);
      return;
    }
    if (typeof base === "number" && !this.#waitingOffsets.has(base)) {
      throw corrupt("pack", "a delta whose base is no entry of the pack");
    }
    const others = this.#waiting.get(base);
    if (others === undefined) this.#waiting.set(base, [{ offset, bytes }]);
    else others.push({ offset, bytes });
    this.#waitingOffsets.add(offset);
  }

  /** Adds an object, and all that waited for it, without recursion: chains may be long. */
  settle(offset: number, type: GitObjectType, bytes: Uint8Array): void {
    const work: { readonly offset: number; readonly settled: Settled }[] = [{ offset, settled: { type, bytes } }];
    for (let item = work.pop(); item !== undefined; item = work.pop()) {
      const { settled } = item;
      const oid = objectId(settled.type, settled.bytes);
      this.#total += settled.bytes.byteLength;
      this.#byOffset.set(item.offset, settled);
      this.#byOid.set(oid, settled);
      this.objects.push({ oid, type: settled.type, bytes: settled.bytes });
      for (const delta of [...this.#release(item.offset), ...this.#release(oid)]) {
        work.push({ offset: delta.offset, settled: this.#result(settled, delta.bytes) });
      }
    }
  }

  async resolveOutside(readBase: ReadObjects, pause: UnpackOptions["pause"]): Promise<void> {
    const missing = [...this.#waiting.keys()].filter((key): key is Oid => typeof key === "string");
    if (missing.length > 0) {
      const bases = await readBase(missing);
      for (const [oid, base] of bases) {
        for (const delta of this.#release(oid)) {
          this.#apply(delta.offset, base, delta.bytes);
          await pause();
        }
      }
    }
    const [unresolved] = this.#waiting.keys();
    if (unresolved !== undefined) throw corrupt("pack", `a delta whose base ${unresolved} is nowhere`);
  }

  #apply(offset: number, base: Settled, delta: Uint8Array): void {
    const { type, bytes } = this.#result(base, delta);
    this.settle(offset, type, bytes);
  }

  #result(base: Settled, delta: Uint8Array): Settled {
    this.admit(deltaSizes(delta).resultSize);
    return { type: base.type, bytes: applyDelta(base.bytes, delta, this.#options.maxBytes) };
  }

  #release(key: number | Oid): readonly Delta[] {
    const deltas = this.#waiting.get(key);
    if (deltas === undefined) return [];
    this.#waiting.delete(key);
    return deltas;
  }
}
