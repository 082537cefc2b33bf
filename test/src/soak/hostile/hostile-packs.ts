import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import type { Random } from "../random.js";

const BLOB = 3;
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;

/** Kinds of packs that no honest server sends. */
const PACKS: Readonly<Record<string, (random: Random) => Buffer>> = {
  "of zeros": (random) => pack([object(BLOB, Buffer.alloc(1 + random.below(30e6)))]),
  "of many empty objects": (random) =>
    pack(Array<Buffer>(1 + random.below(50_000)).fill(object(BLOB, Buffer.alloc(0)))),
  "with a wrong count": (random) => pack([object(BLOB, Buffer.from("a"))], 2 + random.below(2 ** 31)),
  "of objects that say they are huge": (random) => pack([object(BLOB, Buffer.from("a"), 2 ** (20 + random.below(30)))]),
  "with deltas of nothing": () => pack([object(REFERENCE_DELTA, delta(10, 10), 4, Buffer.alloc(20, 7))]),
  "with a delta of itself": () => pack([object(OFFSET_DELTA, delta(10, 10), 4, Buffer.from([0]))]),
  "with a delta before the start": () => pack([object(OFFSET_DELTA, delta(10, 10), 4, Buffer.from([0xff, 0x7f]))]),
  "with deltas that grow": (random) => growing(1 + random.below(12)),
  "that is cut": (random) => {
    const whole = pack([object(BLOB, randomBytes(5_000, random))]);
    return whole.subarray(0, random.below(whole.length));
  },
  "with a flipped byte": (random) => {
    const whole = Buffer.from(pack([object(BLOB, randomBytes(5_000, random))]));
    const at = random.below(whole.length);
    whole[at] = (whole[at] ?? 0) ^ (1 << random.below(8));
    return whole;
  },
  "of random bytes": (random) =>
    Buffer.concat([Buffer.from("PACK\0\0\0\u0002\0\0\0\u0001"), randomBytes(3_000, random)]),
  "of an unknown version": () => Buffer.from("PACK\0\0\0\u0009\0\0\0\u0001"),
};

/** The answer to a fetch by protocol version 2, with a hostile pack in it. */
export function hostileFetch(random: Random): { readonly kind: string; readonly body: Buffer } {
  const kind = random.pick(Object.keys(PACKS));
  const bytes = PACKS[kind]?.(random) ?? Buffer.alloc(0);
  const parts = [packet(Buffer.from("packfile\n"))];
  for (let start = 0; start < bytes.length; start += 65_515) {
    parts.push(packet(Buffer.concat([Buffer.of(1), bytes.subarray(start, start + 65_515)])));
  }
  return { kind: `a pack ${kind}`, body: Buffer.concat([...parts, Buffer.from("0000")]) };
}

/** Kinds of answers to `ls-refs`, made of the true one. */
const REFS: Readonly<Record<string, (random: Random, oid: string, branches: string) => Buffer>> = {
  "of many branches": (random, oid, branches) =>
    lines(1 + random.below(40_000), (index) => `${oid} ${branches}/b${index}\n`),
  "of many tags": (random, oid) => lines(1 + random.below(40_000), (index) => `${oid} refs/tags/t${index}\n`),
  "with odd names": (random, oid, branches) =>
    lines(200, () => `${oid} ${branches}/${random.pick(["..", "a b", "\u0001", "é", "a.lock", "-", "@{", "~1"])}\n`),
  "with long names": (random, oid, branches) =>
    lines(50, () => `${oid} ${branches}/${"x".repeat(1 + random.below(60_000))}\n`),
  "with deep names": (random, oid, branches) =>
    lines(20, () => `${oid} ${branches}/${"x/".repeat(1 + random.below(20_000))}y\n`),
  "with bad ids": (random) =>
    lines(100, () => `${random.pick(["", "0".repeat(40), "g".repeat(40), "1".repeat(39)])} refs/heads/main\n`),
  "of missing commits": (_random, _oid, branches) =>
    lines(500, (index) => `${String(index).padStart(40, "1")} ${branches}/m${index}\n`),
  "that name one branch again and again": (_, oid) => lines(5_000, () => `${oid} refs/heads/main\n`),
  "whose HEAD points to itself": (_, oid) => lines(1, () => `${oid} HEAD symref-target:HEAD\n`),
  "with packets of no length": (random) => Buffer.from(random.pick(["0001", "0002", "0003", "zzzz", "-001", "00"])),
  "without an end": (_, oid) => packet(Buffer.from(`${oid} refs/heads/main\n`)),
  "of random bytes": (random) => randomBytes(1 + random.below(100_000), random),
  "of nothing": () => Buffer.from("0000"),
};

/** @param environment that branches of the list belong to */
export function hostileRefs(
  random: Random,
  real: Buffer,
  environment: string,
): { readonly kind: string; readonly body: Buffer } {
  const kind = random.pick(Object.keys(REFS));
  const oid = /[0-9a-f]{40}/.exec(real.toString("latin1"))?.[0] ?? "1".repeat(40);
  return {
    kind: `refs ${kind}`,
    body: REFS[kind]?.(random, oid, `refs/heads/flipt/${environment}`) ?? Buffer.alloc(0),
  };
}

function lines(count: number, line: (index: number) => string): Buffer {
  return Buffer.concat([
    ...Array.from({ length: count }, (_, index) => packet(Buffer.from(line(index)))),
    Buffer.from("0000"),
  ]);
}

function packet(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, "0")), content]);
}

/** gitformat-pack(5) */
function pack(objects: readonly Buffer[], count = objects.length): Buffer {
  const header = Buffer.alloc(12);
  header.write("PACK", "latin1");
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(count % 2 ** 32, 8);
  const body = Buffer.concat([header, ...objects]);
  return Buffer.concat([body, createHash("sha1").update(body).digest()]);
}

function object(type: number, content: Buffer, size = content.length, base: Buffer = Buffer.alloc(0)): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  bytes.push((type << 4) | (size % 16) | (rest > 0 ? 0x80 : 0));
  while (rest > 0) {
    const next = Math.floor(rest / 128);
    bytes.push((rest % 128) | (next > 0 ? 0x80 : 0));
    rest = next;
  }
  return Buffer.concat([Buffer.from(bytes), base, deflateSync(content)]);
}

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    if (rest < 128) return bytes;
  }
}

function delta(from: number, to: number, commands: readonly number[] = []): Buffer {
  return Buffer.from([...varint(from), ...varint(to), ...commands]);
}

/** Each object copies the one before sixteen times. */
function growing(levels: number): Buffer {
  let size = 4_096;
  const objects = [object(BLOB, Buffer.alloc(size, 1))];
  for (let level = 0; level < levels; level += 1) {
    const copied = Math.min(size, 0xffffff);
    const copy = [0x80 | 0x70, copied & 0xff, (copied >> 8) & 0xff, (copied >> 16) & 0xff];
    const content = delta(size, copied * 16, Array.from({ length: 16 }, () => copy).flat());
    const before = objects.at(-1)?.length ?? 0;
    objects.push(object(OFFSET_DELTA, content, content.length, offset(before)));
    size = copied * 16;
  }
  return pack(objects);
}

/** The offset encoding of OFS_DELTA: big-endian, each further byte adds one. */
function offset(distance: number): Buffer {
  const bytes = [distance & 0x7f];
  for (let rest = distance >> 7; rest > 0; rest >>= 7) {
    rest -= 1;
    bytes.unshift(0x80 | (rest & 0x7f));
  }
  return Buffer.from(bytes);
}

function randomBytes(length: number, random: Random): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => random.below(256)));
}
