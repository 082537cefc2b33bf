import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { applyDelta, ENTRY_HEADER_BYTES, type EntryHeader, parseEntryHeader } from "@vexil/git/objects";
import type { Oid } from "@vexil/plugin-api";
import { corrupt } from "../disk/disk-error.js";
import type { BaseCache, RawObject } from "./base-cache.js";
import { inflateExactly } from "./inflate.js";
import { checkedSize, MAX_OBJECT_BYTES } from "./object-size.js";
import { PackIndex } from "./pack-index.js";

/** More than any git makes (`--depth`, at most 4095); what is longer goes in circles. */
const MAX_CHAIN = 5000;
const TRAILER_BYTES = 20;

let opened = 0;

/** `read` says of which pack, and at which place. */
const fault = (what: string): Error => new Error(`it holds ${what}`);

/** Reads objects of one pack by position: neither its size nor its history matters. */
export class PackReader {
  readonly index: PackIndex;
  readonly #path: string;
  readonly #bases: BaseCache;
  readonly #fd: number;
  readonly #size: number;
  readonly #id: number;
  #users = 0;
  #closing = false;

  /**
   * @param path without extension
   * @throws VexilError VEXIL_UNAVAILABLE_CORRUPT; ENOENT when the pack went away
   */
  constructor(path: string, bases: BaseCache) {
    this.#path = `${path}.pack`;
    this.#bases = bases;
    opened += 1;
    this.#id = opened;
    this.index = new PackIndex(`${path}.idx`);
    this.#fd = openSync(this.#path, "r");
    try {
      this.#size = fstatSync(this.#fd).size;
      const header = this.#read(0, 12);
      if (
        header.length < 12 ||
        header.toString("latin1", 0, 4) !== "PACK" ||
        ![2, 3].includes(header.readUInt32BE(4))
      ) {
        throw corrupt(`${this.#path} is not a pack of version 2 or 3; fetch its objects again`);
      }
      if (header.readUInt32BE(8) !== this.index.count) {
        throw corrupt(`${this.#path} has ${header.readUInt32BE(8)} objects, its index ${this.index.count}`);
      }
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  get name(): string {
    return basename(this.#path, ".pack");
  }

  get path(): string {
    return this.#path;
  }

  /** Keeps the pack open until as many calls of `release`. */
  hold(): void {
    this.#users += 1;
  }

  release(): void {
    this.#users -= 1;
    if (this.#closing && this.#users === 0) closeSync(this.#fd);
  }

  /** Closes the file once nobody reads it any more. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#users === 0) closeSync(this.#fd);
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_CORRUPT */
  async read(offset: number): Promise<RawObject> {
    try {
      return await this.#resolve(offset);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw corrupt(`${this.#path} is damaged at ${offset}: ${reason}; "git fsck" tells more`, error);
    }
  }

  /** Follows deltas down to an object that stands for itself, then applies them upwards. */
  async #resolve(offset: number): Promise<RawObject> {
    const chain: { readonly offset: number; readonly entry: EntryHeader }[] = [];
    const seen = new Set<number>();
    let at = offset;
    let object = this.#bases.get(this.#key(at));
    while (object === undefined) {
      if (seen.has(at) || chain.length > MAX_CHAIN) throw new Error("its deltas go in circles");
      seen.add(at);
      const entry = this.#entry(at);
      if (entry.type !== "delta") {
        object = { type: entry.type, bytes: await this.#inflate(entry) };
        if (chain.length > 0) this.#bases.set(this.#key(at), object);
        break;
      }
      chain.push({ offset: at, entry });
      at = typeof entry.base === "number" ? entry.base : this.#find(entry.base as Oid);
      object = this.#bases.get(this.#key(at));
    }
    for (const { offset: place, entry } of chain.reverse()) {
      object = {
        type: object.type,
        bytes: applyDelta(object.bytes, await this.#inflate(entry), MAX_OBJECT_BYTES, fault),
      };
      this.#bases.set(this.#key(place), object);
    }
    return object;
  }

  #find(oid: Oid): number {
    const offset = this.index.find(oid);
    if (offset === undefined) throw new Error(`a delta's base ${oid} is not in the pack`);
    return offset;
  }

  #entry(offset: number): EntryHeader {
    if (offset < 12 || offset >= this.#size - TRAILER_BYTES) throw fault("no object at this place");
    const header = parseEntryHeader(this.#read(offset, ENTRY_HEADER_BYTES), offset, fault);
    checkedSize(header.size);
    return header;
  }

  async #inflate(entry: EntryHeader): Promise<Buffer> {
    // zlib's bound for data that does not compress, and some room for its own header.
    const most = entry.size + Math.ceil(entry.size / 1000) * 5 + 64;
    return inflateExactly(this.#read(entry.data, most), entry.size);
  }

  #read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.#size - position)));
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(this.#fd, bytes, filled, bytes.length - filled, position + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  }

  #key(offset: number): string {
    return `${this.#id}:${offset}`;
  }
}
