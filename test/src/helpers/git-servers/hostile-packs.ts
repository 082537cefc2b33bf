import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";

/** A pack that a hostile remote sends: its commit, and its bytes made as they are asked for. */
export interface HostilePack {
  /** Commit of the branch; a good one of a good tree, whatever else the pack holds. */
  readonly commit: string;
  chunks(): Iterable<Uint8Array>;
}

const TYPES = { commit: 1, tree: 2, blob: 3, tag: 4, "offset-delta": 6, "name-delta": 7 } as const;
export type EntryType = keyof typeof TYPES;

const FEATURES =
  "version: '1.4'\nflags:\n  - key: banner\n    name: Banner\n    type: BOOLEAN_FLAG_TYPE\n    enabled: true\n";
const CHUNK_BYTES = 256 * 1024;

/** One entry of a pack; `size` is what its header says, whatever the data inflates to. */
export function packEntry(
  type: EntryType,
  size: number,
  compressed: Uint8Array,
  base: Uint8Array = new Uint8Array(0),
): Buffer {
  const head = [(TYPES[type] << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    head[head.length - 1] = (head.at(-1) as number) | 128;
    head.push(rest % 128);
  }
  return Buffer.concat([Buffer.from(head), base, compressed]);
}

/** The distance to the base of an `offset-delta` (gitformat-pack(5)). */
export function baseDistance(distance: number): Buffer {
  const bytes = [distance & 0x7f];
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    bytes.unshift((rest & 0x7f) | 0x80);
  }
  return Buffer.from(bytes);
}

export function objectName(type: string, content: Uint8Array): Buffer {
  return createHash("sha1").update(`${type} ${content.byteLength}\0`).update(content).digest();
}

/** A zlib stream that stores a few bytes as they are: made without an engine, since millions are wanted. */
export function stored(content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(content.byteLength + 11);
  let [low, high] = [1, 0];
  for (const byte of content) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  bytes.writeUInt16BE(0x78_01, 0);
  bytes[2] = 1;
  bytes.writeUInt16LE(content.byteLength, 3);
  bytes.writeUInt16LE(0xff_ff - content.byteLength, 5);
  bytes.set(content, 7);
  bytes.writeUInt16BE(high, content.byteLength + 7);
  bytes.writeUInt16BE(low, content.byteLength + 9);
  return bytes;
}

/** A good state, with `files` beside the flags: commit, tree and blobs, as entries. */
function goodState(
  message: string,
  subtree?: Uint8Array,
): { readonly commit: string; readonly entries: readonly Buffer[] } {
  const blob = Buffer.from(FEATURES);
  const directory = treeOf([["100644", "features.yaml", objectName("blob", blob)]]);
  const tree = treeOf([
    ["40000", "default", objectName("tree", directory)],
    ...(subtree === undefined ? [] : [["40000", "x", subtree] as const]),
  ]);
  const user = "Ada <ada@example.com> 1700000000 +0000";
  const text = `tree ${objectName("tree", tree).toString("hex")}\nauthor ${user}\ncommitter ${user}\n\n${message}\n`;
  const commit = Buffer.from(text);
  return {
    commit: objectName("commit", commit).toString("hex"),
    entries: [
      packEntry("commit", commit.byteLength, deflateSync(commit)),
      packEntry("tree", tree.byteLength, deflateSync(tree)),
      packEntry("tree", directory.byteLength, deflateSync(directory)),
      packEntry("blob", blob.byteLength, deflateSync(blob)),
    ],
  };
}

export function treeOf(entries: readonly (readonly [mode: string, name: string, oid: Uint8Array])[]): Buffer {
  return Buffer.concat(entries.map(([mode, name, oid]) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), oid])));
}

/** A pack of a good state and of whatever else; count and checksum are right. */
export function hostilePack(
  name: string,
  count: number,
  entries: (offset: number) => Iterable<Uint8Array>,
  options: { readonly announced?: number; readonly subtree?: Uint8Array } = {},
): HostilePack {
  const good = goodState(name, options.subtree);
  function* whole(): Generator<Uint8Array> {
    const header = Buffer.from("PACK\0\0\0\u0002\0\0\0\0", "latin1");
    header.writeUInt32BE(options.announced ?? count + good.entries.length, 8);
    yield header;
    yield* good.entries;
    yield* entries(good.entries.reduce((sum, entry) => sum + entry.byteLength, header.byteLength));
  }
  function* chunks(): Generator<Uint8Array> {
    const hash = createHash("sha1");
    let waiting: Uint8Array[] = [];
    let size = 0;
    for (const part of whole()) {
      waiting.push(part);
      size += part.byteLength;
      if (size < CHUNK_BYTES) continue;
      const chunk = Buffer.concat(waiting);
      hash.update(chunk);
      yield chunk;
      waiting = [];
      size = 0;
    }
    const last = Buffer.concat(waiting);
    yield Buffer.concat([last, hash.update(last).digest()]);
  }
  return { commit: good.commit, chunks };
}

const MEGABYTE = 2 ** 20;

/** Blobs of zeros, each a thousandth of its size when compressed, and each another one. */
export function zlibBombs(count: number, sizeBytes: number): HostilePack {
  function* entries(): Generator<Uint8Array> {
    const content = Buffer.alloc(sizeBytes);
    for (let index = 0; index < count; index += 1) {
      content.writeUInt32BE(index);
      yield packEntry("blob", sizeBytes, deflateSync(content));
    }
  }
  return hostilePack(`zlib bombs ${count} ${sizeBytes}`, count, entries);
}

/** Random bytes, which are as large on the line as unpacked. */
export function incompressible(count: number, sizeBytes: number): HostilePack {
  function* entries(): Generator<Uint8Array> {
    const content = Buffer.alloc(sizeBytes);
    for (let at = 0, word = 1; at + 4 <= sizeBytes; at += 4) {
      word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
      content.writeUInt32LE(word, at);
    }
    for (let index = 0; index < count; index += 1) {
      content.writeUInt32BE(index);
      yield packEntry("blob", sizeBytes, deflateSync(content, { level: 0 }));
    }
  }
  return hostilePack(`incompressible ${count} ${sizeBytes}`, count, entries);
}

/** Blobs of a few bytes; millions fit a few tens of megabytes. */
export function tinyObjects(count: number): HostilePack {
  function* entries(): Generator<Uint8Array> {
    const content = Buffer.alloc(4);
    for (let index = 0; index < count; index += 1) {
      content.writeUInt32BE(index);
      yield packEntry("blob", content.byteLength, stored(content));
    }
  }
  return hostilePack(`tiny objects ${count}`, count, entries);
}

/** Deltas of a few bytes that each make their base many times over. */
export function deltaBombs(count: number, times: number): HostilePack {
  function* entries(): Generator<Uint8Array> {
    const base = Buffer.alloc(MEGABYTE, "x");
    const first = packEntry("blob", base.byteLength, deflateSync(base));
    yield first;
    let back = first.byteLength;
    for (let index = 0; index < count; index += 1) {
      const delta = copyDelta(base.byteLength, times, index);
      const entry = packEntry("offset-delta", delta.byteLength, deflateSync(delta), baseDistance(back));
      yield entry;
      back += entry.byteLength;
    }
  }
  return hostilePack(`delta bombs ${count} ${times}`, count + 1, entries);
}

/** A chain: each delta has the one before for its base, and makes an object of the same size. */
export function deltaChain(length: number, sizeBytes = MEGABYTE): HostilePack {
  function* entries(): Generator<Uint8Array> {
    const base = Buffer.alloc(sizeBytes, "x");
    const first = packEntry("blob", base.byteLength, deflateSync(base));
    yield first;
    let back = first.byteLength;
    for (let index = 0; index < length; index += 1) {
      const delta = rotation(sizeBytes, index);
      const entry = packEntry("offset-delta", delta.byteLength, deflateSync(delta), baseDistance(back));
      yield entry;
      back = entry.byteLength;
    }
  }
  return hostilePack(`delta chain ${length} ${sizeBytes}`, length + 1, entries);
}

/** A header that promises far more than there is. */
export function lyingSize(sizeBytes: number): HostilePack {
  return hostilePack(`lying size ${sizeBytes}`, 1, () => [packEntry("blob", sizeBytes, deflateSync(Buffer.from("x")))]);
}

/** A count of objects that are not there. */
export function lyingCount(count: number): HostilePack {
  return hostilePack(`lying count ${count}`, 0, () => [], { announced: count });
}

/** Directories within directories, each with a long name: few objects, and paths without end. */
export function deepTrees(depth: number, nameBytes: number): HostilePack {
  const leaf = treeOf([]);
  const trees = [leaf];
  for (let level = 0; level < depth; level += 1) {
    const name = `${level}`.padEnd(nameBytes, "d");
    trees.push(treeOf([["40000", name, objectName("tree", trees.at(-1) as Buffer)]]));
  }
  const entries = trees.map((tree) => packEntry("tree", tree.byteLength, deflateSync(tree)));
  return hostilePack(`deep trees ${depth}`, entries.length, () => entries, {
    subtree: objectName("tree", trees.at(-1) as Buffer),
  });
}

/** Each directory names the one below it many times: paths grow exponentially. */
export function wideTrees(depth: number, width: number): HostilePack {
  const trees = [treeOf([])];
  for (let level = 0; level < depth; level += 1) {
    const below = objectName("tree", trees.at(-1) as Buffer);
    const names = Array.from({ length: width }, (_, index) => `d${String(index).padStart(4, "0")}`);
    trees.push(treeOf(names.map((name) => ["40000", name, below] as const)));
  }
  const entries = trees.map((tree) => packEntry("tree", tree.byteLength, deflateSync(tree)));
  return hostilePack(`wide trees ${depth} ${width}`, entries.length, () => entries, {
    subtree: objectName("tree", trees.at(-1) as Buffer),
  });
}

/** Copies the whole base several times, then inserts a number. */
function copyDelta(baseSize: number, times: number, index: number): Buffer {
  const tail = Buffer.alloc(5);
  tail[0] = 4;
  tail.writeUInt32BE(index, 1);
  const copies: Buffer[] = [];
  for (let time = 0; time < times; time += 1) {
    for (let at = 0; at < baseSize; at += 0xff_ff) copies.push(copy(at, Math.min(0xff_ff, baseSize - at)));
  }
  return Buffer.concat([varint(baseSize), varint(baseSize * times + 4), ...copies, tail]);
}

/** Inserts a number and copies the rest of the base. */
function rotation(size: number, index: number): Buffer {
  const head = Buffer.alloc(5);
  head[0] = 4;
  head.writeUInt32BE(index, 1);
  const copies: Buffer[] = [];
  for (let at = 4; at < size; at += 0xff_ff) copies.push(copy(at, Math.min(0xff_ff, size - at)));
  return Buffer.concat([varint(size), varint(size), head, ...copies]);
}

function copy(offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(7);
  bytes[0] = 0x80 | 0x0f | 0x30;
  bytes.writeUInt32LE(offset, 1);
  bytes.writeUInt16LE(size, 5);
  return bytes;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}
