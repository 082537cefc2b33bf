import { createHash, randomBytes } from "node:crypto";
import { deflateSync } from "node:zlib";
import { gitObject } from "@vexil/git/objects/object-id";
import { PackReceiver } from "@vexil/git/objects/pack-receiver";
import { writePack } from "@vexil/git/objects/pack-writer";
import { timeSlice } from "@vexil/git/objects/time-slice";
import type { UnpackOptions } from "@vexil/git/objects/unpack-options";
import type { GitObject } from "@vexil/plugin-api";
import { hashObject } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { nativeGit, nativeGitBytes } from "../helpers/repositories/native-git.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { receiveAll, type UnpackAllOptions, unpackAll } from "../helpers/repositories/unpack-all.js";

const OPTIONS: UnpackAllOptions = { readBase: async () => new Map(), maxBytes: 50e6, pause: () => undefined };

const lines = (seed: number, count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index} of ${(index * 7919 + seed) % 977}\n`).join("");

/** A repository whose packs hold long delta chains. */
async function withHistory(t: ExecutionContext): Promise<TemporaryRepository> {
  const repository = await temporaryRepository(t, { files: { "a/features.yaml": lines(1, 400), empty: "" } });
  for (let version = 0; version < 6; version += 1) {
    const text = lines(1, 400).replace(`line ${version * 20} `, `changed in ${version} `);
    await repository.commit({ "a/features.yaml": text, [`b${version}/features.yaml`]: lines(version, 50) });
  }
  await repository.git("tag", "-a", "-m", "a tag", "v1", "main");
  return repository;
}

async function pack(repository: TemporaryRepository, revisions: string, ...args: string[]): Promise<Buffer> {
  const command = ["-C", repository.path, "pack-objects", "-q", "--stdout", "--revs", ...args];
  return nativeGitBytes(command, { input: `${revisions}\n` });
}

async function oidsOf(repository: TemporaryRepository): Promise<readonly string[]> {
  const list = await repository.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)");
  return list.split("\n").sort();
}

const summary = (objects: readonly GitObject[]): readonly string[] =>
  objects.map(({ oid, type }) => `${oid} ${type}`).sort();

for (const [title, args] of [
  ["deltas by offset", ["--delta-base-offset"]],
  ["deltas by name", []],
  ["no compression", ["--compression=0", "--delta-base-offset"]],
] as const) {
  test(`a pack of native git with ${title} gives every object of it`, async (t) => {
    const repository = await withHistory(t);
    const bytes = await pack(repository, "main\nv1", ...args);
    const objects = await unpackAll(bytes, OPTIONS);
    t.deepEqual(summary(objects), await oidsOf(repository));
    for (const object of objects) t.is(hashObject(object.type, object.bytes), object.oid);
  });
}

test("a thin pack is completed from the store", async (t) => {
  const repository = await withHistory(t);
  const base = await unpackAll(await pack(repository, "main~3", "--delta-base-offset"), OPTIONS);
  const known = new Map(base.map((object) => [object.oid, object]));
  const thin = await pack(repository, "main\nv1\n^main~3", "--thin", "--delta-base-offset");
  const asked: string[] = [];
  const readBase: UnpackOptions["readBase"] = async (oids) => {
    asked.push(...oids);
    return new Map(oids.flatMap((oid) => (known.has(oid) ? [[oid, known.get(oid) as GitObject]] : [])));
  };
  const objects = await unpackAll(thin, { ...OPTIONS, readBase });
  t.true(asked.length > 0);
  const whole = [...new Set([...summary(base), ...summary(objects)])].sort();
  t.deepEqual(whole, await oidsOf(repository));
  await t.throwsAsync(unpackAll(thin, OPTIONS), { message: /base .* is nowhere/ });
});

test("large packs and large objects go through a process of their own and come out the same", async (t) => {
  const random = gitObject("blob", randomBytes(5e6));
  const zeros = gitObject("blob", Buffer.alloc(3e6));
  const small = Array.from({ length: 300 }, (_, index) => gitObject("blob", Buffer.from(lines(index, 20))));
  for (const objects of [[random, ...small], [zeros, ...small], small]) {
    const bytes = await writePack(objects);
    const receiver = new PackReceiver(100e6);
    for (let offset = 0; offset < bytes.byteLength; offset += 60_000)
      await receiver.take(bytes.subarray(offset, offset + 60_000));
    const unpacked = await receiveAll(receiver, OPTIONS.readBase);
    await receiver.close();
    t.deepEqual(summary(unpacked), summary(objects));
    t.true(unpacked.every((object) => hashObject(object.type, object.bytes) === object.oid));
  }
});

test("a thin pack with a large base is completed by the process", async (t) => {
  const repository = await temporaryRepository(t, { files: { big: lines(3, 200_000) } });
  const first = (await repository.head()) as string;
  await repository.commit({ big: `${lines(3, 200_000)}one more\n` });
  const base = await unpackAll(await pack(repository, first), { ...OPTIONS, maxBytes: 1e9 });
  const known = new Map(base.map((object) => [object.oid, object]));
  const receiver = new PackReceiver(100e6);
  await receiver.take(await pack(repository, `main\n^${first}`, "--thin"));
  const objects = await receiveAll(
    receiver,
    async (oids) => new Map(oids.map((oid) => [oid, known.get(oid) as GitObject])),
  );
  t.deepEqual([...new Set([...summary(base), ...summary(objects)])].sort(), await oidsOf(repository));
  const failing = new PackReceiver(100e6);
  await failing.take(await pack(repository, `main\n^${first}`, "--thin"));
  await t.throwsAsync(receiveAll(failing, OPTIONS.readBase), { message: /base .* is nowhere/ });
});

test("the event loop gets its turns while a pack is taken apart", async (t) => {
  const objects = Array.from({ length: 3000 }, (_, index) => gitObject("blob", Buffer.from(lines(index, 60))));
  const bytes = await writePack(objects);
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  await unpackAll(bytes, { ...OPTIONS, pause: timeSlice(1) });
  counting = false;
  t.true(turns > 10, `${turns} turns`);
});

test("native git takes our packs: index-pack --strict, fsck", async (t) => {
  const source = await withHistory(t);
  const objects = await unpackAll(await pack(source, "main\nv1"), OPTIONS);
  const target = await temporaryRepository(t);
  await nativeGit(["-C", target.path, "index-pack", "--strict", "--stdin"], { input: await writePack(objects) });
  await target.git("update-ref", "refs/heads/main", (await source.head()) as string);
  await target.git("fsck", "--strict", "--full");
  t.deepEqual(await oidsOf(target), await oidsOf(source));
});

/** A pack of hand-made entries: its count and checksum are right whatever is in it. */
function packOf(entries: readonly Uint8Array[], count = entries.length): Buffer {
  const header = Buffer.alloc(12);
  header.write("PACK");
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(count, 8);
  return seal(Buffer.concat([header, ...entries]));
}

const seal = (body: Uint8Array): Buffer => Buffer.concat([body, createHash("sha1").update(body).digest()]);

function entry(type: number, size: number, data: Uint8Array, base: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    head[head.length - 1] = (head.at(-1) as number) | 128;
    head.push(rest % 128);
  }
  return Buffer.concat([Buffer.from(head), base, deflateSync(data)]);
}

const oid = (digit: string): Buffer => Buffer.from(digit.repeat(40), "hex");
/** A delta that copies 3 bytes from a base of 3. */
const COPY = Buffer.of(3, 3, 0x90, 3);

const BROKEN: Readonly<Record<string, () => Buffer>> = {
  nothing: () => Buffer.alloc(0),
  "no pack": () => seal(Buffer.from("a text that is no pack at all")),
  "a wrong checksum": () => Buffer.concat([packOf([entry(3, 1, Buffer.from("x"))]).subarray(0, -1), Buffer.of(0)]),
  "version 4": () => seal(Buffer.concat([Buffer.from("PACK"), Buffer.of(0, 0, 0, 4, 0, 0, 0, 0)])),
  "fewer entries than announced": () => packOf([entry(3, 1, Buffer.from("x"))], 2),
  "more entries than announced": () => packOf([entry(3, 1, Buffer.from("x")), entry(3, 1, Buffer.from("y"))], 1),
  "four billion entries": () => packOf([], 0xff_ff_ff_ff),
  "type 0": () => packOf([entry(0, 1, Buffer.from("x"))]),
  "type 5": () => packOf([entry(5, 1, Buffer.from("x"))]),
  "a smaller size": () => packOf([entry(3, 2, Buffer.from("xyz"))]),
  "a larger size": () => packOf([entry(3, 9, Buffer.from("xyz"))]),
  "a bomb": () => packOf([entry(3, 10, Buffer.alloc(10_000_000))]),
  "a size beyond the limit": () => packOf([entry(3, 2 ** 40, Buffer.from("x"))]),
  "a size beyond all numbers": () => packOf([Buffer.alloc(40, 0xff)]),
  "no compressed data": () => packOf([Buffer.of(0x31, 1, 2, 3, 4, 5)]),
  "a base at distance 0": () => packOf([entry(6, 4, COPY, Buffer.of(0))]),
  "a base before the pack": () => packOf([entry(6, 4, COPY, Buffer.of(0x7f))]),
  "a base within an entry": () => packOf([entry(3, 3, Buffer.from("abc")), entry(6, 4, COPY, Buffer.of(3))]),
  "an endless distance": () => packOf([Buffer.concat([Buffer.of(0x64), Buffer.alloc(50, 0xff)])]),
  "a base that is nowhere": () => packOf([entry(7, 4, COPY, oid("1"))]),
  "deltas on each other": () => packOf([entry(7, 4, COPY, oid("1")), entry(6, 4, COPY, Buffer.of(33))]),
  "a delta of another base size": () => delta(Buffer.of(4, 3, 0x90, 3)),
  "a delta that copies too much": () => delta(Buffer.of(3, 9, 0x90, 9)),
  "a delta that copies from beyond": () => delta(Buffer.of(3, 3, 0x91, 2, 3)),
  "a delta that inserts too much": () => delta(Buffer.of(3, 3, 9, 1, 2)),
  "a delta that stops early": () => delta(Buffer.of(3, 9, 0x90, 3)),
  "a delta with a reserved command": () => delta(Buffer.of(3, 3, 0)),
  "a delta cut in its sizes": () => delta(Buffer.of(0x83)),
  "a delta cut in a command": () => delta(Buffer.of(3, 3, 0xff)),
  "a delta of terabytes": () => delta(Buffer.of(3, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x90, 3)),
};

function delta(bytes: Buffer): Buffer {
  const base = entry(3, 3, Buffer.from("abc"));
  return packOf([base, entry(6, bytes.byteLength, bytes, Buffer.of(base.byteLength))]);
}

const CLEAR = ["VEXIL_CONNECTION_CORRUPT", "VEXIL_CONNECTION_TRUNCATED", "VEXIL_REMOTE_TOO_LARGE"];

for (const [title, make] of Object.entries(BROKEN)) {
  test(`a broken pack is refused: ${title}`, async (t) => {
    const error: unknown = await t.throwsAsync(unpackAll(make(), OPTIONS), { any: true });
    t.true(VexilError.is(error) && CLEAR.includes(error.code), String(error));
    t.is((error as VexilError).details.step, "pack");
  });
}

test("the hand-made delta is good when nothing is wrong with it", async (t) => {
  const objects = await unpackAll(delta(COPY), OPTIONS);
  t.deepEqual(
    objects.map((object) => Buffer.from(object.bytes).toString()),
    ["abc", "abc"],
  );
});

test("any damage to a pack gives a clear error or true objects, and never hangs", async (t) => {
  const repository = await withHistory(t);
  const bytes = await pack(repository, "main\nv1", "--delta-base-offset");
  const damage = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(), async (changes, cut) => {
      const body = Buffer.from(bytes.subarray(0, -20));
      for (const { at, byte } of changes) body[12 + (at % (body.byteLength - 12))] = byte;
      const broken = seal(cut % 3 === 0 ? body.subarray(0, 12 + (cut % (body.byteLength - 12))) : body);
      try {
        for (const object of await unpackAll(broken, OPTIONS)) t.is(hashObject(object.type, object.bytes), object.oid);
      } catch (error) {
        t.true(VexilError.is(error) && CLEAR.includes(error.code), String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test("versions of a file go as differences, which native git and we read alike", async (t) => {
  const edit = fc.record({ at: fc.nat(), cut: fc.nat({ max: 9000 }), text: fc.uint8Array({ maxLength: 600 }) });
  const edited = (sizes: fc.Arbitrary<number>) =>
    fc.asyncProperty(sizes, fc.array(edit, { minLength: 1, maxLength: 60 }), async (size, edits) => {
      const most = size > 1e6 ? edits.slice(0, 2) : edits;
      const versions = [Buffer.from(lines(7, Math.ceil(size / 20)).slice(0, size))];
      for (const { at, cut, text } of most) {
        const before = versions.at(-1) as Buffer;
        const start = at % (before.byteLength + 1);
        versions.push(Buffer.concat([before.subarray(0, start), text, before.subarray(start + cut)]));
      }
      const made = versions.map((bytes) => gitObject("blob", bytes));
      const different = [...new Map(made.map((object) => [object.oid, object])).values()];
      const bytes = await writePack(different);
      t.deepEqual(summary(await unpackAll(bytes, { ...OPTIONS, maxBytes: 1e9 })), summary(different));
      const target = await temporaryRepository(t);
      await nativeGit(["-C", target.path, "index-pack", "--strict", "--stdin"], { input: bytes });
      t.deepEqual(await oidsOf(target), [...summary(different)].sort());
    });
  await fc.assert(edited(fc.constantFrom(0, 500, 513, 5_000, 70_000)), { numRuns: 25 });
  // Seconds each: offsets beyond 24 bits are the same ones every time.
  await fc.assert(edited(fc.constant(17_000_000)), { numRuns: 1 });
  const versions = Array.from({ length: 50 }, (_, index) =>
    gitObject("blob", Buffer.from(`${lines(1, 2000)}${index}`)),
  );
  t.true((await writePack(versions)).byteLength < 3 * (await writePack(versions.slice(0, 1))).byteLength);
});

test("what is written is read again: any objects", async (t) => {
  const objects = fc.array(
    fc.record({
      type: fc.constantFrom("blob" as const, "tree" as const, "commit" as const, "tag" as const),
      bytes: fc.uint8Array({ maxLength: 3000 }),
    }),
    { maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(objects, async (wanted) => {
      const made = wanted.map(({ type, bytes }) => gitObject(type, bytes));
      t.deepEqual(summary(await unpackAll(await writePack(made), OPTIONS)), summary(made));
    }),
    { numRuns: 60 },
  );
});
