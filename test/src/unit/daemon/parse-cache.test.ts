import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { type CachePlace, ParseCache } from "../../../../daemon/dist/cache/parse-cache.js";
import { recorder } from "../../helpers/daemon/recorder.js";
import { temporaryDirectory } from "../../helpers/files/temporary-directory.js";

const KEY = randomBytes(32);
const PARTS = [Buffer.from("one "), Buffer.alloc(3_000_000, "x"), Buffer.from(" two")];
const WHOLE = Buffer.concat(PARTS);

function cacheIn(directory: string, changes: Partial<CachePlace> = {}) {
  const { logger, lines } = recorder();
  const cache = new ParseCache(logger);
  cache.open({ directory, bytes: 1e9, key: async () => KEY, ...changes });
  return { cache, lines };
}

async function directoryOf(t: ExecutionContext): Promise<string> {
  return join(await temporaryDirectory(t), "state", "cache");
}

/** A directory with one file, and where that is. */
async function kept(t: ExecutionContext, parts: readonly Buffer[] = PARTS) {
  const directory = await directoryOf(t);
  await cacheIn(directory).cache.put("a", parts);
  const [name = ""] = await readdir(directory);
  return { directory, path: join(directory, name) };
}

test("what was kept is there for the next process, and for its user alone", async (t) => {
  const { directory, path } = await kept(t);
  const { cache, lines } = cacheIn(directory);
  await cache.ready();
  t.deepEqual([cache.has("a"), cache.has("b")], [true, false]);
  t.true((await cache.get("a"))?.equals(WHOLE));
  t.is(await cache.get("b"), undefined);
  t.deepEqual([(await stat(directory)).mode & 0o777, (await stat(path)).mode & 0o777], [0o700, 0o600]);
  t.deepEqual(lines, []);
});

test("a cache that has no place keeps nothing", async (t) => {
  const cache = new ParseCache(recorder().logger);
  await cache.ready();
  await cache.put("a", PARTS);
  await cache.tidy();
  t.is(await cache.get("a"), undefined);
});

test("a file that differs in any byte, or ends anywhere else, does not count", async (t) => {
  const { directory, path } = await kept(t, [Buffer.from("some text that is kept")]);
  const sound = await readFile(path);
  const ignored = async (bytes: Buffer): Promise<boolean> => {
    await writeFile(path, bytes);
    const { cache, lines } = cacheIn(directory);
    const found = await cache.get("a");
    return found === undefined && lines.length === 1 && lines[0]?.event === "cache.ignored";
  };
  for (let size = 0; size < sound.length; size += 5) t.true(await ignored(sound.subarray(0, size)), `${size} bytes`);
  t.true(await ignored(Buffer.concat([sound, Buffer.from("x")])));
  const change = fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }));
  const bytesChanged = fc.asyncProperty(change, async ([at, by]) => {
    const bytes = Buffer.from(sound);
    bytes[at] = (bytes[at] as number) ^ by;
    return ignored(bytes);
  });
  await fc.assert(bytesChanged, { numRuns: 50 });
  await writeFile(path, sound);
  t.is((await cacheIn(directory).cache.get("a"))?.toString(), "some text that is kept");
});

test("files of another version, of somebody else or for another content do not count, and are told in one line", async (t) => {
  const { directory, path } = await kept(t);
  const { cache, lines } = cacheIn(directory);
  await cache.put("b", [Buffer.from("of b")]);
  const [other = ""] = (await readdir(directory)).filter((name) => !path.endsWith(name));
  // What stands for one content is put in the place of another.
  await copyFile(join(directory, other), path);
  t.is(await cache.get("a"), undefined);
  const text = (await readFile(join(directory, other))).toString("latin1");
  await writeFile(join(directory, other), Buffer.from(text.replace(/^vexil \S+/, "vexil 0.0.9"), "latin1"));
  t.is(await cache.get("b"), undefined);
  t.deepEqual(
    lines.map(({ event, reason, directory: where }) => [event, reason, where]),
    [["cache.ignored", "it is damaged", directory]],
  );
  await cache.put("a", PARTS);
  t.true((await cache.get("a"))?.equals(WHOLE));
  const stranger = cacheIn(directory, { key: async () => randomBytes(32) });
  await stranger.cache.ready();
  t.false(stranger.cache.has("a"));
  t.is(await stranger.cache.get("a"), undefined);
  const fresh = cacheIn(directory);
  t.is(await fresh.cache.get("b"), undefined);
  t.is(fresh.lines[0]?.reason, "it was made by another version");
});

test("a link, a pipe, a directory or a huge file in a file's place is neither followed nor waited for", async (t) => {
  const { directory, path } = await kept(t);
  const elsewhere = join(directory, "elsewhere");
  await copyFile(path, elsewhere);
  const places: readonly (readonly [reason: RegExp, put: () => Promise<unknown>])[] = [
    [/ELOOP/, () => symlink(elsewhere, path)],
    [/it is no file/, async () => execFileSync("mkfifo", [path])],
    [/it is no file/, () => mkdir(path)],
    [/it is too large/, () => writeFile(path, Buffer.alloc(2_000_000))],
  ];
  for (const [reason, place] of places) {
    await rm(path, { recursive: true });
    await place();
    const { cache, lines } = cacheIn(directory, { bytes: 1_000_000 });
    await cache.ready();
    t.true(cache.has("a"));
    t.is(await cache.get("a"), undefined);
    t.false(cache.has("a"));
    t.is(lines.length, 1);
    t.regex(String(lines[0]?.reason), reason);
  }
});

test("the directory may go while the cache is used, and comes again", async (t) => {
  const { directory } = await kept(t);
  const { cache, lines } = cacheIn(directory);
  await cache.ready();
  await rm(directory, { recursive: true });
  t.is(await cache.get("a"), undefined);
  await cache.put("a", PARTS);
  t.true((await cache.get("a"))?.equals(WHOLE));
  await rm(directory, { recursive: true });
  await cache.tidy();
  t.deepEqual(lines, []);
});

test("a directory that takes nothing, or a key that cannot be kept, is told once and harms nothing", async (t) => {
  const directory = await directoryOf(t);
  await mkdir(join(directory, ".."), { recursive: true });
  // A file there: not even root can write into it.
  await writeFile(directory, "");
  const { cache, lines } = cacheIn(directory);
  await cache.ready();
  for (const id of ["a", "b"]) await cache.put(id, PARTS);
  await cache.tidy();
  t.is(await cache.get("a"), undefined);
  t.deepEqual(lines.map(({ event }) => event).sort(), ["cache.ignored", "cache.unkept"]);
  const keyless = cacheIn(await directoryOf(t), { key: () => Promise.reject(new Error("the disk is read-only")) });
  await keyless.cache.put("a", PARTS);
  t.is(await keyless.cache.get("a"), undefined);
  t.deepEqual(
    keyless.lines.map(({ event, reason }) => [event, reason]),
    [["cache.unkept", "the disk is read-only"]],
  );
});

test("files beyond the size go, first those not in use, then the oldest; leftovers go, and what is no such file stays", async (t) => {
  const directory = await directoryOf(t);
  const earlier = cacheIn(directory).cache;
  const part = [Buffer.alloc(10_000)];
  for (const id of ["a", "b", "c"]) await earlier.put(id, part);
  const names = await readdir(directory);
  // All that is older than what will be put there, and of it the last by name the oldest.
  for (const [index, name] of names.sort().entries()) await utimes(join(directory, name), 2_000 - index, 2_000 - index);
  const leftover = `${names[0]}.0123456789ab`;
  await writeFile(join(directory, leftover), "");
  await utimes(join(directory, leftover), 1_000, 1_000);
  await writeFile(join(directory, `${names[0]}.ba9876543210`), "being written");
  const others = ["notes.txt", "mail.parsed", "mail.parsed.old"];
  for (const name of others) {
    await writeFile(join(directory, name), Buffer.alloc(30_000));
    await utimes(join(directory, name), 1_000, 1_000);
  }
  const { cache } = cacheIn(directory, { bytes: 25_000 });
  await cache.get("a");
  await cache.put("d", part);
  await cache.tidy();
  const later = cacheIn(directory).cache;
  await later.ready();
  t.deepEqual(
    ["a", "b", "c", "d"].filter((id) => later.has(id)),
    ["a", "d"],
  );
  const left = await readdir(directory);
  t.deepEqual(
    left.filter((name) => !/^[0-9a-f]{64}\.parsed$/.test(name)).sort(),
    [...others, `${names[0]}.ba9876543210`].sort(),
  );
});

test("of files that nobody uses the oldest go, whatever their names are", async (t) => {
  const directory = await directoryOf(t);
  const ids = ["a", "b", "c", "d", "e", "f"];
  const { cache } = cacheIn(directory);
  const names = new Map<string, string>();
  for (const id of ids) {
    const before = new Set(await readdir(directory).catch(() => []));
    await cache.put(id, [Buffer.alloc(10_000)]);
    names.set(id, (await readdir(directory)).find((name) => !before.has(name)) ?? "");
  }
  for (const newest of [ids.slice(0, 4), ids.slice(0, 2)]) {
    for (const [id, name] of names) {
      const time = newest.includes(id) ? 2_000 : 1_000;
      await utimes(join(directory, name), time, time).catch(() => undefined);
    }
    await cacheIn(directory, { bytes: newest.length * 11_000 }).cache.tidy();
    const left = await readdir(directory);
    t.deepEqual(
      ids.filter((id) => left.includes(names.get(id) ?? "")),
      newest,
    );
  }
});

test("what could not be written to its end leaves nothing behind", async (t) => {
  const { directory } = await kept(t);
  const { cache, lines } = cacheIn(directory);
  const parts = function* (): Generator<Buffer> {
    yield Buffer.from("begun");
    throw new Error("it cannot be packed");
  };
  await cache.put("b", parts());
  t.is((await readdir(directory)).length, 1);
  t.like(lines, [{ event: "cache.unkept", reason: "it cannot be packed" }]);
});

test("two daemons that share a directory keep the same content side by side, and share the room", async (t) => {
  const directory = await directoryOf(t);
  const part = [Buffer.alloc(10_000)];
  const of = (key: Uint8Array) => cacheIn(directory, { key: async () => key, bytes: 25_000 });
  const [own, others] = [randomBytes(32), randomBytes(32)];
  for (const key of [own, others]) await of(key).cache.put("a", part);
  for (const key of [own, others]) {
    const { cache, lines } = of(key);
    await cache.ready();
    t.true(cache.has("a"));
    t.is((await cache.get("a"))?.length, 10_000);
    await cache.tidy();
    t.deepEqual(lines, []);
  }
  const { cache } = of(own);
  await cache.put("b", part);
  await cache.tidy();
  t.is((await readdir(directory)).length, 2);
});

test("a key is made with the first file, and not where there is none", async (t) => {
  const directory = await directoryOf(t);
  let made = 0;
  const { cache } = cacheIn(directory, {
    key: async () => {
      made += 1;
      return KEY;
    },
  });
  await cache.ready();
  t.false(cache.has("a"));
  t.is(made, 0);
  await cache.put("a", PARTS);
  t.true(cache.has("a"));
  t.is(made, 1);
});

test("two that keep the same at once leave one whole file", async (t) => {
  const directory = await directoryOf(t);
  const [one, other] = [cacheIn(directory).cache, cacheIn(directory).cache];
  await Promise.all([one.put("a", PARTS), other.put("a", PARTS), one.put("a", PARTS)]);
  t.is((await readdir(directory)).length, 1);
  t.true((await cacheIn(directory).cache.get("a"))?.equals(WHOLE));
});
