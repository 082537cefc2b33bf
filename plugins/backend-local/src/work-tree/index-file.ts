import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Oid } from "@vexil/plugin-api";
import { corrupt } from "../disk/disk-error.js";
import { ifThere } from "../disk/if-there.js";
import type { Blocked } from "./head-state.js";

const HEADER_BYTES = 12;
const TRAILER_BYTES = 20;
const FIXED_BYTES = 62;
const FLAGS_AT = 60;
const EXTENDED = 0x4000;
const STAGE = 0x3000;
const NAME_LENGTH = 0xfff;

/** One line of the index (gitformat-index(5)). `at` and `length` say where it lies in the file. */
export interface IndexEntry {
  readonly at: number;
  readonly length: number;
  readonly mode: number;
  readonly oid: Oid;
  /** 0; 1 to 3 in a conflict. */
  readonly stage: number;
  readonly skipWorkTree: boolean;
  readonly intentToAdd: boolean;
}

/** Entries that follow each other. */
export interface IndexRange {
  readonly at: number;
  readonly entries: readonly IndexEntry[];
}

/** The index: what a user's next commit will hold. Entries are only looked into when they are asked for. */
export class IndexFile {
  readonly bytes: Buffer;
  /** Where the entries end and the extensions begin. */
  readonly extensionsAt: number;
  /** Why it can be neither read nor written safely. */
  readonly blocked: Blocked | undefined;
  /** A path that a merge left in conflict. */
  readonly conflict: string | undefined;
  /** Where each entry begins. */
  readonly #places: Uint32Array;

  private constructor(bytes: Buffer, places: Uint32Array, extensionsAt: number, blocked?: Blocked) {
    this.bytes = bytes;
    this.#places = places;
    this.extensionsAt = extensionsAt;
    this.blocked = blocked;
    const conflict = places.find((at) => (bytes.readUInt16BE(at + FLAGS_AT) & STAGE) !== 0);
    this.conflict = conflict === undefined ? undefined : pathOf(bytes, conflict).toString("utf8");
  }

  /**
   * @param check whether its checksum has to be right
   * @returns undefined when there is no index; @throws VexilError VEXIL_UNAVAILABLE_CORRUPT
   */
  static read(path: string, check: "checked" | "unchecked" = "checked"): IndexFile | undefined {
    const bytes = ifThere(() => readFileSync(path));
    return bytes && IndexFile.parse(bytes, path, check);
  }

  static empty(): IndexFile {
    const bytes = Buffer.alloc(HEADER_BYTES + TRAILER_BYTES);
    bytes.write("DIRC", "latin1");
    bytes.writeUInt32BE(2, 4);
    return new IndexFile(bytes, new Uint32Array(0), HEADER_BYTES);
  }

  static parse(bytes: Buffer, path: string, check: "checked" | "unchecked"): IndexFile {
    const broken = (reason: string): Error =>
      corrupt(`${path} is damaged: ${reason}; make it anew with "rm ${path} && git reset"`);
    if (bytes.length < HEADER_BYTES + TRAILER_BYTES || bytes.toString("latin1", 0, 4) !== "DIRC") {
      throw broken("it is no index");
    }
    const trailer = bytes.subarray(bytes.length - TRAILER_BYTES);
    const body = bytes.subarray(0, bytes.length - TRAILER_BYTES);
    // `index.skipHash` leaves zeros there.
    const sums = check === "checked" && trailer.some((byte) => byte !== 0);
    if (sums && !createHash("sha1").update(body).digest().equals(trailer)) {
      throw broken("its checksum is wrong");
    }
    const version = bytes.readUInt32BE(4);
    if (version !== 2 && version !== 3) {
      const reason = `${path} has version ${version}; make it readable with "git update-index --index-version 2"`;
      return new IndexFile(bytes, new Uint32Array(0), HEADER_BYTES, { code: "index-version", reason });
    }
    const count = bytes.readUInt32BE(8);
    if (count * FIXED_BYTES > body.length) throw broken("an entry lies beyond its end");
    const places = new Uint32Array(count);
    let at = HEADER_BYTES;
    for (let index = 0; index < count; index += 1) {
      if (at + FIXED_BYTES > body.length) throw broken("an entry lies beyond its end");
      places[index] = at;
      at += lengthOf(bytes, at);
    }
    if (at > body.length) throw broken("an entry lies beyond its end");
    return new IndexFile(bytes, places, at, checkExtensions(body, at, path, broken));
  }

  get isEmpty(): boolean {
    return this.#places.length === 0;
  }

  /** How many entries there are. */
  get count(): number {
    return this.#places.length;
  }

  /** The entry of a path; in a conflict, one of its entries. */
  get(path: string): IndexEntry | undefined {
    return this.range(path).entries[0];
  }

  /** The entries of a path, or the place where they would be. They are sorted by the bytes of paths, then by stage. */
  range(path: string): IndexRange {
    const wanted = Buffer.from(path);
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pathOf(this.bytes, this.#placeOf(middle)).compare(wanted) < 0) low = middle + 1;
      else high = middle;
    }
    const entries: IndexEntry[] = [];
    for (let index = low; index < this.#places.length; index += 1) {
      const at = this.#placeOf(index);
      if (!pathOf(this.bytes, at).equals(wanted)) break;
      entries.push(parseEntry(this.bytes, at));
    }
    return { at: this.#placeOf(low), entries };
  }

  #placeOf(index: number): number {
    return this.#places[index] ?? this.extensionsAt;
  }
}

function parseEntry(bytes: Buffer, at: number): IndexEntry {
  const flags = bytes.readUInt16BE(at + FLAGS_AT);
  const extended = (flags & EXTENDED) === 0 ? 0 : bytes.readUInt16BE(at + FIXED_BYTES);
  return {
    at,
    length: lengthOf(bytes, at),
    mode: bytes.readUInt32BE(at + 24),
    oid: bytes.toString("hex", at + 40, at + 60),
    stage: (flags & STAGE) >> 12,
    skipWorkTree: (extended & 0x4000) !== 0,
    intentToAdd: (extended & 0x2000) !== 0,
  };
}

function pathOf(bytes: Buffer, at: number): Buffer {
  const start = nameAt(bytes, at);
  return bytes.subarray(start, nameEnd(bytes, at, start));
}

function nameAt(bytes: Buffer, at: number): number {
  return at + FIXED_BYTES + ((bytes.readUInt16BE(at + FLAGS_AT) & EXTENDED) === 0 ? 0 : 2);
}

function nameEnd(bytes: Buffer, at: number, start: number): number {
  const announced = bytes.readUInt16BE(at + FLAGS_AT) & NAME_LENGTH;
  if (announced < NAME_LENGTH) return start + announced;
  const end = bytes.indexOf(0, start);
  return end === -1 ? bytes.length : end;
}

/** One to eight zeros bring an entry to a multiple of eight. */
function lengthOf(bytes: Buffer, at: number): number {
  return (nameEnd(bytes, at, nameAt(bytes, at)) - at + 8) & ~7;
}

/** Extensions with lower-case names change what the entries mean; those of others may be ignored. */
function checkExtensions(
  body: Buffer,
  start: number,
  path: string,
  broken: (reason: string) => Error,
): Blocked | undefined {
  for (let at = start; at < body.length; ) {
    if (at + 8 > body.length) throw broken("an extension lies beyond its end");
    const name = body.toString("latin1", at, at + 4);
    const size = body.readUInt32BE(at + 4);
    if (at + 8 + size > body.length) throw broken("an extension lies beyond its end");
    if (name === "link") {
      const reason = `${path} is split; join it with "git update-index --no-split-index"`;
      return { code: "split-index", reason };
    }
    if (name === "sdir") {
      const reason = `${path} is sparse; expand it with "git sparse-checkout reapply --no-sparse-index"`;
      return { code: "sparse-index", reason };
    }
    if (!/^[A-Z]/.test(name)) {
      return { code: "index-extension", reason: `${path} uses the unknown extension "${name}"; use a plain index` };
    }
    at += 8 + size;
  }
  return undefined;
}
