import { createHash } from "node:crypto";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import local from "@vexil/backend-local";
import { VexilError } from "@vexil/plugin-api/errors";
import { history } from "@vexil/plugin-api/testing";
import test from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { backendContext, commitObject, gitObject, openLocal, treeObject } from "../helpers/plugins/local-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const MAIN = "refs/heads/main";

function codeOf(error: unknown): string {
  return VexilError.is(error) ? error.code : String(error);
}

test("an empty and a missing directory become bare repositories that native git accepts", async (t) => {
  for (const path of [await temporaryDirectory(t), join(await temporaryDirectory(t), "a", "b")]) {
    const backend = await openLocal(t, path);
    t.deepEqual([...(await backend.refs.list(""))], []);
    t.is(backend.workTree, undefined);
    t.is(await nativeGit(["-C", path, "rev-parse", "--is-bare-repository"]), "true");
    t.is(await nativeGit(["-C", path, "symbolic-ref", "HEAD"]), MAIN);
    await nativeGit(["-C", path, "fsck", "--strict"]);
  }
});

test("small and large batches of objects are read back and pass git fsck, also after reopening", async (t) => {
  const path = await temporaryDirectory(t);
  const backend = await openLocal(t, path);
  const blobs = Array.from({ length: 300 }, (_, index) =>
    gitObject("blob", index % 50 === 0 ? Buffer.alloc(index * 2000, index) : `content ${index}\n`),
  );
  const tree = treeObject(Object.fromEntries(blobs.map(({ oid }, index) => [`file-${index}`, oid])));
  const commit = commitObject(tree.oid);
  await backend.objects.write(blobs);
  await backend.objects.write([tree, commit]);
  t.true(await backend.refs.compareAndSwap([{ ref: MAIN, old: undefined, new: commit.oid, reason: "test" }]));
  await nativeGit(["-C", path, "fsck", "--strict"]);
  const packs = await nativeGit(["-C", path, "count-objects", "-v"]);
  t.regex(packs, /packs: 1/);
  await backend.close();

  const again = await openLocal(t, path);
  const all = [...blobs, tree, commit];
  const found = await again.objects.read([...all.map(({ oid }) => oid), "0".repeat(40)]);
  t.is(found.size, new Set(all.map(({ oid }) => oid)).size);
  for (const object of all) {
    t.is(found.get(object.oid)?.type, object.type);
    t.true(Buffer.from(object.bytes).equals(found.get(object.oid)?.bytes ?? Buffer.alloc(0)));
  }
  t.is((await again.refs.list("refs/heads/")).get(MAIN), commit.oid);
});

test("what native git packed with deltas is read as git reads it", async (t) => {
  const lines = Array.from(
    { length: 400 },
    (_, index) => `line ${index} ${createHash("sha1").update(`${index}`).digest("hex")}`,
  );
  const repository = await temporaryRepository(t);
  for (let version = 0; version < 12; version += 1) {
    lines[version * 7] = `changed ${version}`;
    await repository.commit({
      "a/features.yaml": lines.join("\n"),
      [`b/${version}.txt`]: lines.slice(version).join("\n"),
    });
  }
  await repository.git("gc", "-q", "--aggressive", "--prune=now");
  const backend = await openLocal(t, repository.path);
  const listed = (await repository.git("cat-file", "--batch-all-objects", "--batch-check")).split("\n");
  const found = await backend.objects.read(listed.map((line) => line.slice(0, 40)));
  for (const line of listed) {
    const [oid = "", type, size] = line.split(" ");
    t.is(found.get(oid)?.type, type as "blob");
    t.is(found.get(oid)?.bytes.byteLength, Number(size));
  }
  // New objects of a user appear, packed and not, while the backend is open.
  const head = await repository.commit({ "a/features.yaml": "flags: []\n" });
  t.true((await backend.objects.read([head])).has(head));
  await repository.git("gc", "-q", "--prune=now");
  t.is((await backend.objects.read([head, ...found.keys()])).size, found.size + 1);
});

test("refs move only from where they are expected, all or none", async (t) => {
  const repository = await temporaryRepository(t, { files: { "a/features.yaml": "flags: []\n" } });
  const first = (await repository.head()) ?? "";
  const second = await repository.commit({ "a/features.yaml": "version: '1.0'\n" });
  const backend = await openLocal(t, repository.path);
  const kept = `refs/vexil/kept/${first}`;
  t.false(
    await backend.refs.compareAndSwap([
      { ref: kept, old: undefined, new: first, reason: "keep" },
      { ref: MAIN, old: first, new: second, reason: "stale" },
    ]),
  );
  t.deepEqual([...(await backend.refs.list("")).keys()], [MAIN]);
  t.true(
    await backend.refs.compareAndSwap([
      { ref: kept, old: undefined, new: first, reason: "keep" },
      { ref: MAIN, old: second, new: first, reason: "back" },
    ]),
  );
  await repository.git("pack-refs", "--all");
  t.deepEqual(
    [...(await backend.refs.list("refs/"))],
    [
      [MAIN, first],
      [kept, first],
    ],
  );
  t.true(await backend.refs.compareAndSwap([{ ref: kept, old: first, new: undefined, reason: "drop" }]));
  t.is(await repository.git("for-each-ref", "--format=%(refname)"), MAIN);
  await t.throwsAsync(
    backend.refs.compareAndSwap([{ ref: "refs/heads/../x", old: undefined, new: first, reason: "" }]),
  );
  await t.throwsAsync(backend.refs.compareAndSwap([{ ref: `${MAIN}/below`, old: undefined, new: first, reason: "" }]), {
    message: /refs\/heads\/main/,
  });
});

test("a lock of git is waited for and then reported; a damaged ref is an error and no absent branch", async (t) => {
  const repository = await temporaryRepository(t, { files: { "a/features.yaml": "flags: []\n" } });
  const head = (await repository.head()) ?? "";
  const backend = await openLocal(t, repository.path);
  const lock = join(repository.path, `${MAIN}.lock`);
  await writeFile(lock, "");
  const move = { ref: MAIN, old: head, new: undefined, reason: "delete" };
  t.is(codeOf(await t.throwsAsync(backend.refs.compareAndSwap([move]))), "VEXIL_UNAVAILABLE_LOCKED");
  t.is(await readFile(lock, "utf8"), "");
  await writeFile(join(repository.path, MAIN), "");
  t.is(codeOf(await t.throwsAsync(backend.refs.list("refs/heads/"))), "VEXIL_UNAVAILABLE_CORRUPT");
});

test("a second daemon on a directory is refused, naming the process that holds it", async (t) => {
  const path = await temporaryDirectory(t);
  const backend = await openLocal(t, path);
  const error = await t.throwsAsync(local.create({ path, watch: true }, backendContext()));
  t.is(codeOf(error), "VEXIL_UNAVAILABLE_DIRECTORY_LOCKED");
  t.regex(error?.message ?? "", new RegExp(`${process.pid}`));
  await backend.close();
  await openLocal(t, path);
});

test("a path that the system does not let be made is refused at once", async (t) => {
  const error = await t.throwsAsync(openLocal(t, "/proc/nowhere/flags"));
  t.regex(error.message, /\/proc\/nowhere\/flags cannot be made/);
});

test("what only the past of a shallow commit reaches is pruned, and git agrees", async (t) => {
  const path = await temporaryDirectory(t);
  const backend = await openLocal(t, path);
  const { objects, commits } = history(3);
  const tip = commits[2]?.oid ?? "";
  await backend.objects.write(objects);
  await backend.shallow?.update([tip], []);
  t.true(await backend.refs.compareAndSwap([{ ref: MAIN, old: undefined, new: tip, reason: "fetch" }]));
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const entry of await readdir(join(path, "objects"), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), longAgo, longAgo);
  }
  await backend.prune?.({ roots: [], keepNewerThanMs: 0 });
  t.is((await backend.objects.read(objects.slice(0, 8).map(({ oid }) => oid))).size, 0);
  t.is((await backend.objects.read(objects.slice(8).map(({ oid }) => oid))).size, 4);
  await nativeGit(["-C", path, "fsck", "--strict"]);
});
