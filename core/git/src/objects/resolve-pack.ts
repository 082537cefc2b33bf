import type { GitObject, GitObjectType, Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { hashObject } from "@vexil/plugin-api/git-object";
import { damagedPack } from "../wire-errors.js";
import { applyDelta } from "./delta.js";
import type { EntryHeader } from "./entry-header.js";
import { inflateEntry, readEntryHeader } from "./pack-entry.js";
import type { PackSource } from "./pack-source.js";
import { NONE, OUTSIDE, type PackTable } from "./pack-table.js";
import { RecentBytes } from "./recent-bytes.js";
import type { UnpackOptions } from "./unpack-options.js";

/** Memory for contents inflated or made last, which are likely to be needed next; anything else is made again. */
const INFLATED_BYTES = 32 * 1024 * 1024;
/** Large ones are few, and take more memory than time. */
export const LARGE_BYTES = 8 * 1024 * 1024;
const MADE_BYTES = 32 * 1024 * 1024;
/** A tree of a quarter of a million entries. Trees and commits are read as a whole, in the thread that serves. */
const STRUCTURE_BYTES = 8 * 1024 * 1024;
/** Objects are handed on in lots of this size at about most. */
const LOT_BYTES = 4 * 1024 * 1024;
const LOT_OBJECTS = 5_000;

/**
 * Makes the objects of a pack, one after the other: a base and then, depth first, all that builds on it. Memory holds
 * the pack's table, the one at hand, its base, and two caches with a limit.
 */
export class ResolvePack {
  readonly #pack: PackSource;
  readonly #end: number;
  readonly #table: PackTable;
  readonly #options: UnpackOptions;
  readonly #inflated = new RecentBytes(INFLATED_BYTES);
  readonly #made = new RecentBytes(MADE_BYTES);
  /** Deltas by the name of their base: the first one of each list. */
  readonly #byName = new Map<Oid, number>();
  #outside: GitObject | undefined;
  #resolved = 0;
  #lot: GitObject[] = [];
  #lotBytes = 0;

  constructor(pack: PackSource, end: number, table: PackTable, options: UnpackOptions) {
    this.#pack = pack;
    this.#end = end;
    this.#table = table;
    this.#options = options;
  }

  /** Takes an entry into account, in the order of the pack. */
  note(offset: number, header: EntryHeader, bytes: Uint8Array): void {
    const table = this.#table;
    const index = table.add(offset);
    this.#remember(index, bytes);
    if (header.type !== "delta") {
      table.settle(index, header.type, hashObject(header.type, bytes));
    } else if (typeof header.base === "number") {
      const base = table.find(header.base);
      if (base === NONE || base === index) throw damagedPack("a delta whose base is no entry of the pack");
      table.hang(index, base);
    } else {
      const name = header.base as Oid;
      table.putBefore(index, this.#byName.get(name) ?? NONE);
      this.#byName.set(name, index);
    }
  }

  async all(): Promise<void> {
    await this.#whole((type) => type !== "commit");
    for (const name of [...this.#byName.keys()]) {
      if (!this.#byName.has(name)) continue;
      this.#outside = (await this.#options.readBase([name])).get(name);
      if (this.#outside !== undefined) await this.#below(this.#outside.type, this.#take(name, OUTSIDE));
    }
    this.#outside = undefined;
    await this.#whole((type) => type === "commit");
    const [unresolved] = this.#byName.keys();
    if (unresolved !== undefined) throw damagedPack(`a delta whose base ${unresolved} is nowhere`);
    if (this.#resolved !== this.#table.count) throw damagedPack("deltas that build on each other");
    await this.#handOn();
  }

  /** The entries that are no deltas, and what builds on them. */
  async #whole(wanted: (type: GitObjectType) => boolean): Promise<void> {
    const table = this.#table;
    for (let index = 0; index < table.count; index += 1) {
      const type = table.type(index);
      if (type === undefined || !wanted(type) || table.base(index) !== NONE) continue;
      const oid = table.oid(index);
      const bytes = this.#bytesOf(index);
      const children = this.#childrenOf(index, oid, bytes);
      await this.#emit(oid, type, bytes);
      await this.#below(type, children);
    }
  }

  /** Makes a list of deltas, whose base is known, and all that builds on them. No recursion: chains may be long. */
  async #below(type: GitObjectType, first: number): Promise<void> {
    const table = this.#table;
    const waiting = [first];
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      if (index === NONE) continue;
      waiting.push(table.nextSibling(index));
      const bytes = this.#bytesOf(index);
      const oid = hashObject(type, bytes);
      table.settle(index, type, oid);
      waiting.push(this.#childrenOf(index, oid, bytes));
      await this.#emit(oid, type, bytes);
    }
  }

  /** The deltas that build on an entry: its content is needed next then. */
  #childrenOf(index: number, oid: Oid, bytes: Uint8Array): number {
    const named = this.#byName.has(oid) ? this.#take(oid, index) : NONE;
    const first = named === NONE ? this.#table.firstChild(index) : named;
    // The memory of a large one is given away with it.
    if (first !== NONE) this.#made.set(index, bytes.byteLength > LARGE_BYTES ? Buffer.from(bytes) : bytes);
    return first;
  }

  /** The deltas that wait for an object of this name, now that it is there; then those that name it by its place. */
  #take(name: Oid, base: number): number {
    const table = this.#table;
    const first = this.#byName.get(name) ?? NONE;
    this.#byName.delete(name);
    const rest = base === OUTSIDE ? NONE : table.firstChild(base);
    for (let index = first; index !== NONE; ) {
      const next = table.nextSibling(index);
      table.setBase(index, base);
      if (next === NONE) table.putBefore(index, rest);
      index = next;
    }
    return first;
  }

  /** An object's content. What its chain is built on is mostly at hand; if not, the chain is made again. */
  #bytesOf(index: number): Uint8Array {
    const chain: number[] = [];
    let bytes: Uint8Array | undefined;
    for (let at = index; bytes === undefined; ) {
      bytes = this.#made.get(at);
      if (bytes !== undefined) break;
      const base = this.#table.base(at);
      if (base === NONE) {
        bytes = this.#inflate(at);
        if (chain.length > 0) this.#made.set(at, bytes);
      } else {
        chain.push(at);
        if (base === OUTSIDE) bytes = this.#outside?.bytes ?? new Uint8Array(0);
        else at = base;
      }
    }
    for (let at = chain.pop(); at !== undefined; at = chain.pop()) {
      bytes = applyDelta(bytes, this.#inflate(at), this.#options.maxObjectBytes, damagedPack);
      if (chain.length > 0) this.#made.set(at, bytes);
    }
    return bytes;
  }

  #inflate(index: number): Uint8Array {
    const known = this.#inflated.get(index);
    if (known !== undefined) return known;
    const header = readEntryHeader(this.#pack, this.#table.offset(index), this.#end);
    const { bytes } = inflateEntry(this.#pack, header, this.#end);
    this.#remember(index, bytes);
    return bytes;
  }

  #remember(index: number, bytes: Uint8Array): void {
    if (bytes.byteLength <= LARGE_BYTES) this.#inflated.set(index, bytes);
  }

  async #emit(oid: Oid, type: GitObjectType, bytes: Uint8Array): Promise<void> {
    if (type !== "blob" && bytes.byteLength > STRUCTURE_BYTES) throw tooLargeStructure(type, bytes.byteLength);
    this.#resolved += 1;
    if (bytes.byteLength > LARGE_BYTES) await this.#handOn();
    this.#lot.push({ oid, type, bytes });
    this.#lotBytes += bytes.byteLength;
    if (this.#lotBytes >= LOT_BYTES || this.#lot.length >= LOT_OBJECTS) await this.#handOn();
    const pause = this.#options.pause();
    if (pause !== undefined) await pause;
  }

  async #handOn(): Promise<void> {
    const lot = this.#lot;
    this.#lot = [];
    this.#lotBytes = 0;
    if (lot.length > 0) await this.#options.store(lot);
  }
}

function tooLargeStructure(type: GitObjectType, size: number): VexilError {
  const message = `the remote sends a ${type} of ${size} bytes, and one may take ${STRUCTURE_BYTES}`;
  return new VexilError("VEXIL_REMOTE_TOO_LARGE", message, { details: { step: "pack" } });
}
