import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import type { Oid } from "@vexil/core/plugin";
import type { IndexEntry, IndexFile } from "./index-file.js";

/** An entry as it is to be. `stat` is what lstat says of its file; undefined where there is none (submodules). */
export interface NewEntry {
  readonly mode: number;
  readonly oid: Oid;
  readonly stat: BigIntStats | undefined;
}

/** Resolved conflicts of the person stay known; all other extensions describe entries that change, and go. */
const KEPT_EXTENSIONS = new Set(["REUC"]);
const FLAGS_AT = 60;
const EXTENDED = 0x4000;

/** The index with some entries set or, undefined, removed; all others stay byte for byte. */
export function patchIndex(index: IndexFile, changes: ReadonlyMap<string, NewEntry | undefined>): Buffer {
  const added = new Map(changes);
  const parts: { readonly key: Buffer; readonly bytes: Buffer }[] = [];
  const kept: Buffer[] = [];
  for (const entry of index.entries) {
    if (!changes.has(entry.path)) {
      kept.push(index.bytes.subarray(entry.at, entry.at + entry.length));
      continue;
    }
    const next = changes.get(entry.path);
    if (next !== undefined) kept.push(patched(index, entry, next));
    added.delete(entry.path);
  }
  for (const [path, entry] of added)
    if (entry !== undefined) parts.push({ key: Buffer.from(path), bytes: made(path, entry) });
  const entries = merge(kept, parts);
  const header = Buffer.from(index.bytes.subarray(0, 12));
  header.writeUInt32BE(entries.length, 8);
  const body = Buffer.concat([header, ...entries, ...extensionsOf(index)]);
  const unhashed = index.entries.length > 0 && index.bytes.subarray(-20).every((byte) => byte === 0);
  return Buffer.concat([body, unhashed ? Buffer.alloc(20) : createHash("sha1").update(body).digest()]);
}

function patched(index: IndexFile, entry: IndexEntry, next: NewEntry): Buffer {
  const bytes = Buffer.from(index.bytes.subarray(entry.at, entry.at + entry.length));
  writeFixed(bytes, next);
  return bytes;
}

function made(path: string, entry: NewEntry): Buffer {
  const name = Buffer.from(path);
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

/** Entries are sorted by the bytes of their paths, then by stage. */
function merge(
  kept: readonly Buffer[],
  added: readonly { readonly key: Buffer; readonly bytes: Buffer }[],
): readonly Buffer[] {
  if (added.length === 0) return kept;
  const waiting = [...added].sort((a, b) => b.key.compare(a.key));
  const entries: Buffer[] = [];
  for (const bytes of kept) {
    const path = pathOf(bytes);
    for (let next = waiting.at(-1); next !== undefined && next.key.compare(path) < 0; next = waiting.at(-1)) {
      entries.push(next.bytes);
      waiting.pop();
    }
    entries.push(bytes);
  }
  return [...entries, ...waiting.reverse().map(({ bytes }) => bytes)];
}

function pathOf(entry: Buffer): Buffer {
  const extended = (entry.readUInt16BE(FLAGS_AT) & EXTENDED) !== 0;
  const start = FLAGS_AT + (extended ? 4 : 2);
  return entry.subarray(start, entry.indexOf(0, start));
}

function* extensionsOf(index: IndexFile): Generator<Buffer> {
  const end = index.bytes.length - 20;
  for (let at = index.extensionsAt; at < end; ) {
    const size = 8 + index.bytes.readUInt32BE(at + 4);
    if (KEPT_EXTENSIONS.has(index.bytes.toString("latin1", at, at + 4))) yield index.bytes.subarray(at, at + size);
    at += size;
  }
}
