import { FileCache, type LoadOptions } from "@vexil/flags/compile/file-cache";
import type { Hurry } from "@vexil/flags/compile/patience";
import type { ParsedFile } from "@vexil/flags/read/document";
import test from "ava";

const UNREAD: ParsedFile = {
  documents: [],
  faults: [{ file: "slow", reason: "no time was left", namespaces: [] }],
  sha1: "",
  unread: true,
};
const SOUND: ParsedFile = { documents: [], faults: [], sha1: "1" };
const file = (path: string): { readonly path: string; readonly oid: string } => ({ path, oid: `id of ${path}` });
const options: LoadOptions = {
  limits: { fileBytes: 1e6, depth: 64, aliases: 100, files: 100 },
  storage: "main",
  read: async (oids) => new Map(oids.map((oid) => [oid, new Uint8Array()])),
};

/** A hurry that is nearly over. */
const hurryFor = (...paths: readonly string[]): Hurry => ({
  own: new Set(paths),
  account: "the writes of main",
  until: performance.now() + 100,
});

/** A cache in front of a parser that takes its time over files called slow, and what it was asked to parse. */
function cacheOf(slow: () => Promise<ParsedFile>): { readonly cache: FileCache; readonly asked: readonly string[] } {
  const asked: string[] = [];
  const cache = new FileCache({
    parse: ({ path, storage }) => {
      asked.push(`${path} for ${storage}`);
      return path.startsWith("slow") ? slow() : Promise.resolve(SOUND);
    },
    layout: async () => undefined,
  });
  return { cache, asked };
}

test("a file that was not read to its end is tried again, unless it is to stay as it is", async (t) => {
  const { cache, asked } = cacheOf(async () => UNREAD);
  const load = async (unread: "again" | "kept") => (await cache.load([file("slow")], { ...options, unread })).files[0];
  t.is((await load("again"))?.parsed, UNREAD);
  t.is((await load("kept"))?.parsed, UNREAD);
  t.is(asked.length, 1);
  await load("again");
  t.is(asked.length, 2);
});

test("while a file is tried again, who keeps it as it was does not wait", async (t) => {
  let parsed: Promise<ParsedFile> = Promise.resolve(UNREAD);
  const { cache } = cacheOf(() => parsed);
  await cache.load([file("slow")], options);
  let finish: (file: ParsedFile) => void = () => undefined;
  parsed = new Promise((resolve) => {
    finish = resolve;
  });
  const again = cache.load([file("slow")], options);
  t.is((await cache.load([file("slow")], { ...options, unread: "kept" })).files[0]?.parsed, UNREAD);
  finish(SOUND);
  t.is((await again).files[0]?.parsed, SOUND);
  t.is((await cache.load([file("slow")], { ...options, unread: "kept" })).files[0]?.parsed, SOUND);
});

test("in a hurry only the files that are waited for are read to their end", async (t) => {
  const finish: (() => void)[] = [];
  const { cache, asked } = cacheOf(() => new Promise((resolve) => finish.push(() => resolve(SOUND))));
  const versions = ["slow-1", "slow-2", "own"].map(file);
  const { files } = await cache.load(versions, { ...options, hurry: hurryFor("own") });
  t.deepEqual(
    files.map(({ path, parsed }) => [path, parsed.unread ?? false]),
    [
      ["slow-1", true],
      ["slow-2", true],
      ["own", false],
    ],
  );
  t.deepEqual(
    asked,
    ["own for the writes of main", "slow-1 for main", "slow-2 for main"],
    "what is waited for goes first, and only that is on the account of those who wait",
  );
  for (const done of finish) done();
  const later = await cache.load(versions, { ...options, unread: "kept" });
  t.true(
    later.files.every(({ parsed }) => parsed === SOUND),
    "what was begun goes on",
  );
  t.is(asked.length, 3);
});

test("a hurry ends once for all builds of a step; small files are read even then", async (t) => {
  const { cache } = cacheOf(() => new Promise(() => undefined));
  const hurry = { ...hurryFor(), until: performance.now() + 300 };
  const startedAt = performance.now();
  for (let build = 1; build <= 5; build += 1) {
    const { files } = await cache.load(["slow", `sound-${build}`].map(file), { ...options, hurry });
    t.deepEqual(
      files.map(({ parsed }) => parsed.unread ?? false),
      [true, false],
    );
  }
  const tookMs = performance.now() - startedAt;
  t.true(tookMs < 1_000, `${Math.round(tookMs)} ms`);
});

test("who writes to a file that others have waiting has it parsed on an account of its own", async (t) => {
  const cache = new FileCache({
    parse: ({ storage }) => (storage === "main" ? new Promise(() => undefined) : Promise.resolve(SOUND)),
    layout: async () => undefined,
  });
  void cache.load([file("large")], options);
  const content = { bytes: new Uint8Array(), limits: options.limits, storage: "the writes of main" };
  t.is(await cache.withLayout(file("large"), content), SOUND);
});
