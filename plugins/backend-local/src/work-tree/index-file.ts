import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Oid } from "@vexil/core/plugin";
import { corrupt, errnoOf } from "../disk/disk-error.js";
import type { Blocked } from "./head-state.js";

const HEADER_BYTES = 12;
const TRAILER_BYTES = 20;
const FIXED_BYTES = 62;
const EXTENDED = 0x4000;

/** One line of the index (gitformat-index(5)). `at` and `length` say where it lies in the file. */
export interface IndexEntry {
  readonly path: string;
  readonly at: number;
  readonly length: number;
  readonly mode: number;
  readonly oid: Oid;
  /** 0; 1 to 3 in a conflict. */
  readonly stage: number;
  readonly skipWorkTree: boolean;
  readonly intentToAdd: boolean;
}

/** The index: what a person's next commit will hold. */
export class IndexFile {
  readonly bytes: Buffer;
  readonly entries: readonly IndexEntry[];
  /** Where the entries end and the extensions begin. */
  readonly extensionsAt: number;
  /** Why it can be neither read nor written safely. */
  readonly blocked: Blocked | undefined;
  #byPath: ReadonlyMap<string, IndexEntry> | undefined;

  private constructor(bytes: Buffer, entries: readonly IndexEntry[], extensionsAt: number, blocked?: Blocked) {
    this.bytes = bytes;
    this.entries = entries;
    this.extensionsAt = extensionsAt;
    this.blocked = blocked;
  }

  /** @returns undefined when there is no index; @throws VexilError VEXIL_UNAVAILABLE_CORRUPT */
  static read(path: string): IndexFile | undefined {
    try {
      return IndexFile.parse(readFileSync(path), path);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  static empty(): IndexFile {
    const bytes = Buffer.alloc(HEADER_BYTES + TRAILER_BYTES);
    bytes.write("DIRC", "latin1");
    bytes.writeUInt32BE(2, 4);
    return new IndexFile(bytes, [], HEADER_BYTES);
  }

  static parse(bytes: Buffer, path: string): IndexFile {
    const broken = (reason: string): Error =>
      corrupt(`${path} is damaged: ${reason}; make it anew with "rm ${path} && git reset"`);
    if (bytes.length < HEADER_BYTES + TRAILER_BYTES || bytes.toString("latin1", 0, 4) !== "DIRC") {
      throw broken("it is no index");
    }
    const trailer = bytes.subarray(bytes.length - TRAILER_BYTES);
    const body = bytes.subarray(0, bytes.length - TRAILER_BYTES);
    // `index.skipHash` leaves zeros there.
    if (trailer.some((byte) => byte !== 0) && !createHash("sha1").update(body).digest().equals(trailer)) {
      throw broken("its checksum is wrong");
    }
    const version = bytes.readUInt32BE(4);
    if (version !== 2 && version !== 3) {
      const reason = `${path} has version ${version}; make it readable with "git update-index --index-version 2"`;
      return new IndexFile(bytes, [], HEADER_BYTES, { code: "index-version", reason });
    }
    const entries: IndexEntry[] = [];
    let at = HEADER_BYTES;
    for (let count = bytes.readUInt32BE(8); count > 0; count -= 1) {
      if (at + FIXED_BYTES > body.length) throw broken("an entry lies beyond its end");
      const entry = parseEntry(bytes, at);
      at += entry.length;
      if (at > body.length) throw broken("an entry lies beyond its end");
      entries.push(entry);
    }
    return new IndexFile(bytes, entries, at, checkExtensions(body, at, path, broken));
  }

  /** The entry of a path that is in no conflict. */
  get(path: string): IndexEntry | undefined {
    this.#byPath ??= new Map(this.entries.map((entry) => [entry.path, entry]));
    return this.#byPath.get(path);
  }

  get conflicts(): readonly string[] {
    return [...new Set(this.entries.filter(({ stage }) => stage > 0).map(({ path }) => path))];
  }
}

function parseEntry(bytes: Buffer, at: number): IndexEntry {
  const flags = bytes.readUInt16BE(at + 60);
  const extended = (flags & EXTENDED) === 0 ? 0 : bytes.readUInt16BE(at + FIXED_BYTES);
  const start = at + FIXED_BYTES + ((flags & EXTENDED) === 0 ? 0 : 2);
  const announced = flags & 0xfff;
  const end = announced < 0xfff ? start + announced : bytes.indexOf(0, start);
  return {
    path: bytes.toString("utf8", start, end),
    at,
    // One to eight zeros bring an entry to a multiple of eight.
    length: (end - at + 8) & ~7,
    mode: bytes.readUInt32BE(at + 24),
    oid: bytes.toString("hex", at + 40, at + 60),
    stage: (flags >> 12) & 3,
    skipWorkTree: (extended & 0x4000) !== 0,
    intentToAdd: (extended & 0x2000) !== 0,
  };
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
