import { createHash } from "node:crypto";
import { VexilError } from "@vexil/plugin-api/errors";
import { corrupt, damagedPack, truncated } from "../wire-errors.js";
import { deltaSizes } from "./delta.js";
import { inflateEntry, MIN_ENTRY_BYTES, readEntryHeader } from "./pack-entry.js";
import type { PackSource } from "./pack-source.js";
import { PackTable } from "./pack-table.js";
import { ResolvePack } from "./resolve-pack.js";
import type { UnpackOptions } from "./unpack-options.js";

/** Bytes that an object takes wherever it is kept, however small it is. */
export const OBJECT_BYTES = 100;

const HEADER_BYTES = 12;
const TRAILER_BYTES = 20;
const SUM_BYTES = 1024 * 1024;

/**
 * Takes a pack apart (gitformat-pack(5)) in little memory. The first pass looks at everything, the trailer before all
 * else, and keeps nothing: what is damaged or too large is refused before an object has been stored. The second one
 * makes the objects. A delta whose base never appears (or only by way of itself) is an error, not a loop.
 * @throws VexilError CONNECTION_CORRUPT, CONNECTION_TRUNCATED, REMOTE_TOO_LARGE; and what `store` throws
 */
export async function unpack(pack: PackSource, options: UnpackOptions): Promise<void> {
  const end = pack.size - TRAILER_BYTES;
  const count = checkFrame(pack, end);
  const admission = new Admission(options);
  admission.admitMany(count);
  if (count * MIN_ENTRY_BYTES > end - HEADER_BYTES) throw truncated("pack");
  await checkSum(pack, end, options.pause);
  const table = new PackTable(count);
  const resolve = new ResolvePack(pack, end, table, options);
  let offset = HEADER_BYTES;
  for (let index = 0; index < count; index += 1) {
    const header = readEntryHeader(pack, offset, end);
    admission.check(header.size);
    const { bytes, next } = inflateEntry(pack, header, end);
    admission.admit(header.type === "delta" ? deltaSizes(bytes, damagedPack).resultSize : header.size);
    resolve.note(offset, header, bytes);
    offset = next;
    const pause = options.pause();
    if (pause !== undefined) await pause;
  }
  if (offset !== end) throw corrupt("pack", "data follows its last object");
  await resolve.all();
}

function checkFrame(pack: PackSource, end: number): number {
  if (end < HEADER_BYTES) throw truncated("pack");
  const header = Buffer.from(pack.at(0, HEADER_BYTES));
  const version = header.readUInt32BE(4);
  if (header.readUInt32BE(0) !== 0x50_41_43_4b || (version !== 2 && version !== 3)) {
    throw corrupt("pack", "it does not start like a pack");
  }
  return header.readUInt32BE(8);
}

async function checkSum(pack: PackSource, end: number, pause: UnpackOptions["pause"]): Promise<void> {
  const hash = createHash("sha1");
  for (let at = 0; at < end; at += SUM_BYTES) {
    hash.update(pack.at(at, Math.min(SUM_BYTES, end - at)));
    await pause();
  }
  if (!hash.digest().equals(pack.at(end, TRAILER_BYTES))) throw corrupt("pack", "its checksum is wrong");
}

/** Refuses what is too large before memory is taken for it. */
class Admission {
  readonly #options: Pick<UnpackOptions, "maxBytes" | "maxObjectBytes">;
  #total = 0;

  constructor(options: Pick<UnpackOptions, "maxBytes" | "maxObjectBytes">) {
    this.#options = options;
  }

  admitMany(count: number): void {
    if (count * OBJECT_BYTES > this.#options.maxBytes) {
      throw this.#refusal(`holds ${count} objects, which count ${OBJECT_BYTES} bytes each at least`);
    }
  }

  check(size: number): void {
    const { maxObjectBytes } = this.#options;
    if (size > maxObjectBytes)
      throw this.#refusal(`has an object of ${size} bytes, and one may take ${maxObjectBytes}`);
    if (this.#total + size > this.#options.maxBytes) throw this.#refusal("unpacks to more than that");
  }

  admit(size: number): void {
    this.check(size);
    this.#total += Math.max(size, OBJECT_BYTES);
  }

  #refusal(what: string): VexilError {
    return new VexilError(
      "VEXIL_REMOTE_TOO_LARGE",
      `the remote sends more than limits.pack_bytes allows (${this.#options.maxBytes} bytes): the download ${what}; raise it if this is meant to be`,
      { details: { step: "pack" } },
    );
  }
}
