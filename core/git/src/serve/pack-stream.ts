import { createHash, type Hash } from "node:crypto";
import type { GitObject, Oid } from "@vexil/plugin-api";
import { BoundedCache } from "../objects/bounded-cache.js";
import { compressEntry } from "../objects/compress-entry.js";
import { serialiseEntryHeader, serialiseOffset } from "../objects/entry-header.js";
import { makeDelta } from "../objects/make-delta.js";
import { timeSlice } from "../objects/time-slice.js";
import { BatchSizes } from "./batch-sizes.js";
import type { PackPlan, PlannedObject } from "./pack-plan.js";
import { lost } from "./upload-faults.js";
import type { UploadSource } from "./upload-source.js";

/** As deep as git itself makes chains of deltas. */
const CHAIN_LENGTH = 50;
/** Smaller objects are sent whole. */
const DELTA_BYTES = 256;
/** Objects read last: most deltas are of one that was sent just before. */
const KEPT_BYTES = 8 * 1024 * 1024;
/** Bytes whose digest is made at once. */
const HASHED = 256 * 1024;

/** Makes a pack (gitformat-pack(5)), piece by piece, at the pace at which it is taken. */
export class PackStream {
  readonly #source: UploadSource;
  readonly #plan: PackPlan;
  readonly #hasOffsets: boolean;
  readonly #hash: Hash = createHash("sha1");
  readonly #pause = timeSlice();
  readonly #kept = new BoundedCache<Oid, GitObject>(KEPT_BYTES);
  readonly #offsets: Float64Array;
  readonly #depths: Uint8Array;
  #written = 0;

  /** @param hasOffsets bases may be named by where they are in the pack */
  constructor(source: UploadSource, plan: PackPlan, hasOffsets: boolean) {
    this.#source = source;
    this.#plan = plan;
    this.#hasOffsets = hasOffsets;
    this.#offsets = new Float64Array(plan.size);
    this.#depths = new Uint8Array(plan.size);
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    const header = Buffer.alloc(12);
    header.write("PACK", "latin1");
    header.writeUInt32BE(2, 4);
    header.writeUInt32BE(this.#plan.size, 8);
    yield await this.#wrote(header);
    const sizes = new BatchSizes();
    for (let at = 0; at < this.#plan.size; ) {
      const planned = this.#batch(at, sizes);
      at += planned.length;
      const objects = await this.#read(planned);
      for (const one of planned) {
        const object = objects.get(one.oid);
        if (object === undefined) throw lost(one.type, one.oid);
        sizes.saw(object);
        for (const part of await this.#entry(one, object, objects)) yield await this.#wrote(part);
        this.#keep(object);
      }
    }
    yield this.#hash.digest();
  }

  /** The next objects that are read together: of one type, so that their sizes can be guessed. */
  #batch(start: number, sizes: BatchSizes): readonly PlannedObject[] {
    const first = this.#plan.at(start);
    const planned = [first];
    for (let index = start + 1, most = sizes.of(first.type); index < this.#plan.size; index += 1) {
      const next = this.#plan.at(index);
      if (planned.length >= most || next.type !== first.type) break;
      planned.push(next);
    }
    return planned;
  }

  /** Reads objects, and their bases that are not at hand. */
  async #read(planned: readonly PlannedObject[]): Promise<ReadonlyMap<Oid, GitObject>> {
    const oids = new Set(planned.map(({ oid }) => oid));
    const kept = new Map<Oid, GitObject>();
    for (const { base } of planned) {
      const oid = this.#baseOid(base);
      if (oid === undefined || oids.has(oid)) continue;
      const known = this.#kept.get(oid);
      if (known === undefined) oids.add(oid);
      else kept.set(oid, known);
    }
    const isFiles = planned[0]?.type === "blob";
    const read = await (isFiles ? this.#source.readFiles([...oids]) : this.#source.read([...oids]));
    return kept.size === 0 ? read : new Map([...kept, ...read]);
  }

  #baseOid(base: PlannedObject["base"]): Oid | undefined {
    return typeof base === "number" ? this.#plan.oidAt(base) : base;
  }

  async #entry(
    { index, type, base }: PlannedObject,
    { bytes }: GitObject,
    objects: ReadonlyMap<Oid, GitObject>,
  ): Promise<readonly Uint8Array[]> {
    this.#offsets[index] = this.#written;
    const oid = this.#baseOid(base);
    const depth = typeof base === "number" ? (this.#depths[base] as number) + 1 : 1;
    const from = oid === undefined || depth > CHAIN_LENGTH ? undefined : objects.get(oid);
    // A base that is gone since is none.
    const delta = from?.type !== type || bytes.byteLength < DELTA_BYTES ? undefined : makeDelta(from.bytes, bytes);
    if (delta === undefined) return [serialiseEntryHeader(type, bytes.byteLength), await compressEntry(bytes)];
    this.#depths[index] = depth;
    const data = await compressEntry(delta);
    if (typeof base === "number" && this.#hasOffsets) {
      const distance = this.#written - (this.#offsets[base] as number);
      return [serialiseOffset(delta.byteLength, distance), data];
    }
    return [serialiseEntryHeader("delta", delta.byteLength), Buffer.from(oid as Oid, "hex"), data];
  }

  #keep(object: GitObject): void {
    const { byteLength } = object.bytes;
    if (byteLength >= DELTA_BYTES && byteLength <= KEPT_BYTES && object.type !== "commit") {
      this.#kept.set(object.oid, object, byteLength);
    }
  }

  async #wrote(part: Uint8Array): Promise<Uint8Array> {
    for (let at = 0; at < part.byteLength; at += HASHED) {
      this.#hash.update(part.subarray(at, at + HASHED));
      await this.#pause();
    }
    this.#written += part.byteLength;
    return part;
  }
}
