import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import type { Oid } from "@vexil/plugin-api";
import type { IndexFile } from "./index-file.js";

/** An entry as it is to be. `stat` is what lstat says of its file; undefined where there is none (submodules). */
export interface NewEntry {
  readonly mode: number;
  readonly oid: Oid;
  readonly stat: BigIntStats | undefined;
}

/** Resolved conflicts of the user stay known; all other extensions describe entries that change, and go. */
const KEPT_EXTENSIONS = new Set(["REUC"]);
const FLAGS_AT = 60;
const HEADER_BYTES = 12;

/** A part of the file that becomes another. */
interface Replacement {
  readonly at: number;
  readonly end: number;
  readonly key: Buffer;
  readonly bytes: Buffer;
}

/** The index with some entries set or, undefined, removed; all others stay byte for byte. */
export function patchIndex(index: IndexFile, changes: ReadonlyMap<string, NewEntry | undefined>): Buffer {
  const replaced: Replacement[] = [];
  let count = index.count;
  for (const [path, next] of changes) {
    const { at, entries } = index.range(path);
    const [first] = entries;
    if (first === undefined && next === undefined) continue;
    const key = Buffer.from(path);
    const bytes =
      next === undefined
        ? Buffer.alloc(0)
        : first === undefined
          ? made(key, next)
          : patched(index.bytes.subarray(at, at + first.length), next);
    const end = entries.reduce((sum, { length }) => sum + length, at);
    replaced.push({ at, end, key, bytes });
    count += (next === undefined ? 0 : 1) - entries.length;
  }
  // New ones may come to the same place.
  replaced.sort((a, b) => a.at - b.at || a.key.compare(b.key));
  const header = Buffer.from(index.bytes.subarray(0, HEADER_BYTES));
  header.writeUInt32BE(count, 8);
  const parts: Buffer[] = [header];
  let done = HEADER_BYTES;
  for (const { at, end, bytes } of replaced) {
    parts.push(index.bytes.subarray(done, at), bytes);
    done = end;
  }
  parts.push(index.bytes.subarray(done, index.extensionsAt), ...extensionsOf(index));
  const body = Buffer.concat(parts);
  const unhashed = !index.isEmpty && index.bytes.subarray(-20).every((byte) => byte === 0);
  return Buffer.concat([body, unhashed ? Buffer.alloc(20) : createHash("sha1").update(body).digest()]);
}

function patched(entry: Buffer, next: NewEntry): Buffer {
  const bytes = Buffer.from(entry);
  writeFixed(bytes, next);
  return bytes;
}

function made(name: Buffer, entry: NewEntry): Buffer {
  const bytes = Buffer.alloc((FLAGS_AT + 2 + name.length + 8) & ~7);
  writeFixed(bytes, entry);
  bytes.writeUInt16BE(Math.min(name.length, 0xfff), FLAGS_AT);
  name.copy(bytes, FLAGS_AT + 2);
  return bytes;
}

function writeFixed(bytes: Buffer, { mode, oid, stat }: NewEntry): void {
  const word = (at: number, value: bigint): void => {
    bytes.writeUInt32BE(Number(BigInt.asUintN(32, value)), at);
  };
  word(0, (stat?.ctimeNs ?? 0n) / 1_000_000_000n);
  word(4, (stat?.ctimeNs ?? 0n) % 1_000_000_000n);
  word(8, (stat?.mtimeNs ?? 0n) / 1_000_000_000n);
  word(12, (stat?.mtimeNs ?? 0n) % 1_000_000_000n);
  word(16, stat?.dev ?? 0n);
  word(20, stat?.ino ?? 0n);
  bytes.writeUInt32BE(mode, 24);
  word(28, stat?.uid ?? 0n);
  word(32, stat?.gid ?? 0n);
  word(36, stat?.size ?? 0n);
  bytes.write(oid, 40, "hex");
}

function* extensionsOf(index: IndexFile): Generator<Buffer> {
  const end = index.bytes.length - 20;
  for (let at = index.extensionsAt; at < end; ) {
    const size = 8 + index.bytes.readUInt32BE(at + 4);
    if (KEPT_EXTENSIONS.has(index.bytes.toString("latin1", at, at + 4))) yield index.bytes.subarray(at, at + size);
    at += size;
  }
}
