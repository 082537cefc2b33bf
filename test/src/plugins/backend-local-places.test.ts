import { createHash } from "node:crypto";
import { existsSync, renameSync, statSync } from "node:fs";
import { chown, mkdir, open, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import local from "@vexil/backend-local";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { backendContext, gitObject, openLocal } from "../helpers/plugins/local-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { FEATURES, type User, user } from "../helpers/repositories/user.js";
import { skipUnless } from "../helpers/runner/skip-unless.js";

const MAIN = "refs/heads/main";
/** A user that nobody is. */
const SOMEBODY = 54_321;

async function openedOrReason(t: ExecutionContext, path: string): Promise<string> {
  try {
    await openLocal(t, path, { watch: false });
    return "opened";
  } catch (error) {
    t.is(VexilError.is(error) ? error.code : String(error), "VEXIL_UNAVAILABLE_REPOSITORY");
    return (error as Error).message;
  }
}

test.serial("a directory that another user owns is refused unless git was told to trust it", async (t) => {
  const human = await user(t);
  try {
    await chown(join(human.path, ".git"), SOMEBODY, SOMEBODY);
  } catch (error) {
    skipUnless(t, `only root gives directories away (${String(error)})`);
    return;
  }
  const reason = await openedOrReason(t, human.path);
  t.regex(reason, new RegExp(`owned by user ${SOMEBODY}.*git config --global --add safe\\.directory`));
  const home = await temporaryDirectory(t);
  const before = process.env.XDG_CONFIG_HOME;
  process.env.XDG_CONFIG_HOME = home;
  t.teardown(() => {
    if (before === undefined) delete process.env.XDG_CONFIG_HOME;
    else process.env.XDG_CONFIG_HOME = before;
  });
  await mkdir(join(home, "git"));
  const trust = (text: string): Promise<void> => writeFile(join(home, "git", "config"), `[safe]\n${text}`);
  await trust(`\tdirectory = ${human.path}/else\n`);
  t.regex(await openedOrReason(t, human.path), /owned by user/);
  await trust(`\tdirectory = *\n\tdirectory =\n`);
  t.regex(await openedOrReason(t, human.path), /owned by user/);
  await trust(`\tdirectory = ${human.path}\n`);
  t.is(await openedOrReason(t, human.path), "opened");
});

/** A repository with deltas, in one pack. */
async function packed(
  t: ExecutionContext,
): Promise<{ readonly repository: TemporaryRepository; readonly pack: string }> {
  const repository = await temporaryRepository(t);
  const lines = Array.from({ length: 300 }, (_, index) => createHash("sha1").update(`${index}`).digest("hex"));
  for (let version = 0; version < 8; version += 1) {
    lines[version * 11] = `changed ${version}`;
    await repository.commit({ "a/features.yaml": lines.join("\n"), [`b/${version}.txt`]: `${version}\n` });
  }
  await repository.git("gc", "-q", "--aggressive", "--prune=now");
  const directory = join(repository.path, "objects", "pack");
  const name = (await readdir(directory)).find((each) => each.endsWith(".pack")) ?? "";
  return { repository, pack: join(directory, name.slice(0, -5)) };
}

/** Compares all objects with what native git said of them. */
async function readsAll(t: ExecutionContext, path: string, listed: readonly string[]): Promise<void> {
  const backend = await local.create({ path, watch: false }, backendContext());
  const found = await backend.objects.read(listed.map((line) => line.slice(0, 40)));
  for (const line of listed) {
    const [oid = "", type, size] = line.split(" ");
    t.is(found.get(oid)?.type, type as "blob");
    t.is(found.get(oid)?.bytes.byteLength, Number(size));
  }
  await backend.close();
}

test("packs whose index has offsets of 64 bits are read", async (t) => {
  const { repository, pack } = await packed(t);
  const listed = (await repository.git("cat-file", "--batch-all-objects", "--batch-check")).split("\n");
  await rm(`${pack}.idx`, { force: true });
  await repository.git("index-pack", "--index-version=2,0x40", "-o", `${pack}.idx`, `${pack}.pack`);
  const index = await readFile(`${pack}.idx`);
  t.is((index.length - 8 - 1024 - listed.length * 28 - 40) % 8, 0);
  t.true(index.length > 8 + 1024 + listed.length * 28 + 40 + (listed.length - 3) * 8);
  await readsAll(t, repository.path, listed);
});

test("packs above 2 GiB are read by position", async (t) => {
  const { repository, pack } = await packed(t);
  const listed = (await repository.git("cat-file", "--batch-all-objects", "--batch-check")).split("\n");
  const positions = new Map<string, number>();
  const verified = await repository.git("verify-pack", "-v", `${pack}.idx`);
  for (const [, oid = "", offset] of verified.matchAll(/^([0-9a-f]{40}) \w+ +\d+ \d+ (\d+)/gm)) {
    positions.set(oid, Number(offset));
  }
  t.is(positions.size, listed.length);
  // All but the header moves behind a hole of 3 GiB; distances between objects stay.
  const hole = 3 * 2 ** 30;
  const bytes = await readFile(`${pack}.pack`);
  for (const extension of ["pack", "idx", "rev", "bitmap"]) await rm(`${pack}.${extension}`, { force: true });
  const file = await open(`${pack}.pack`, "w");
  await file.write(bytes, 0, 12, 0);
  await file.write(bytes, 12, bytes.length - 12, hole + 12);
  await file.close();
  const oids = [...positions.keys()].sort();
  const index = Buffer.alloc(8 + 1024 + oids.length * 36 + 40);
  index.writeUInt32BE(0xff744f63, 0);
  index.writeUInt32BE(2, 4);
  for (let first = 0; first < 256; first += 1) {
    index.writeUInt32BE(oids.filter((oid) => Number.parseInt(oid.slice(0, 2), 16) <= first).length, 8 + first * 4);
  }
  for (const [row, oid] of oids.entries()) {
    index.write(oid, 1032 + row * 20, "hex");
    index.writeUInt32BE(0x80000000 + row, 1032 + oids.length * 24 + row * 4);
    index.writeBigUInt64BE(BigInt((positions.get(oid) ?? 0) + hole), 1032 + oids.length * 28 + row * 8);
  }
  await writeFile(`${pack}.idx`, index);
  t.true(statSync(`${pack}.pack`).size > hole);
  await readsAll(t, repository.path, listed);
});

test("core.sharedRepository decides who may read and write what a write makes in a clone", async (t) => {
  const modes: Readonly<Record<string, readonly [file: string, objectFile: string, directory: string]>> = {
    group: ["664", "444", "2775"],
    all: ["664", "444", "2775"],
    "0640": ["640", "440", "2750"],
  };
  for (const [setting, [file, objectFile, directory]] of Object.entries(modes)) {
    const human: User = await user(t, { "a/features.yaml": FEATURES });
    await human.git("config", "core.sharedRepository", setting);
    const backend = await openLocal(t, human.path, { watch: false });
    const old = await human.head();
    const tree = await human.git("rev-parse", "HEAD^{tree}");
    const blob = Buffer.from(`# ${setting}\n`);
    const oid = createHash("sha1").update(`blob ${blob.length}\0`).update(blob).digest("hex");
    await backend.objects.write([{ oid, type: "blob", bytes: blob }]);
    t.is(await human.git("cat-file", "-p", oid), `# ${setting}`);
    const next = await human.git("commit-tree", tree, "-p", old, "-m", "same files");
    await backend.refs.compareAndSwap([{ ref: "refs/heads/x/y", old: undefined, new: next, reason: "test" }]);
    const edited = await human.commitAside({ "a/features.yaml": "a: 1\n" });
    const update = { ref: MAIN, old, new: edited, reason: "test" };
    t.deepEqual(await backend.workTree?.apply(update, AbortSignal.timeout(9000)), { type: "applied" });
    const mode = (name: string): string => (statSync(join(human.path, ".git", name)).mode & 0o7777).toString(8);
    t.deepEqual(
      [mode("refs/heads/x/y"), mode(MAIN), mode("index"), mode(`objects/${oid.slice(0, 2)}/${oid.slice(2)}`)],
      [file, file, file, objectFile],
      setting,
    );
    t.is(mode("refs/heads/x"), directory, setting);
    t.is(await human.status(), "");
  }
});

test("a directory that is swapped for another is the other at the next look, and is written there", async (t) => {
  const [one, two] = [await user(t, { "a/features.yaml": FEATURES }), await user(t, { "a/features.yaml": "b: 1\n" })];
  const base = await temporaryDirectory(t);
  await symlink(one.path, join(base, "current"));
  const backend = await openLocal(t, join(base, "current"), { watch: false });
  t.is((await backend.refs.list(MAIN)).get(MAIN), await one.head());
  await symlink(two.path, join(base, "next"));
  await rename(join(base, "next"), join(base, "current"));
  const old = await two.head();
  t.is((await backend.refs.list(MAIN)).get(MAIN), old);
  const next = await two.commitAside({ "a/features.yaml": "c: 1\n" });
  const update = { ref: MAIN, old, new: next, reason: "test" };
  t.deepEqual(await backend.workTree?.apply(update, AbortSignal.timeout(9000)), { type: "applied" });
  t.is(await two.status(), "");
  t.is(await one.read("a/features.yaml"), FEATURES);
  // The first one is free again.
  await openLocal(t, one.path, { watch: false });
});

test("whatever is being written when a repository is moved away, nothing is made in its place", async (t) => {
  const blobs = Array.from({ length: 25 }, (_, index) => gitObject("blob", `${index}`));
  for (const bare of [true, false]) {
    const { path, commitAside, head } = await user(t, { "a/features.yaml": FEATURES });
    const [old, next] = [await head(), await commitAside({ "b/features.yaml": FEATURES })];
    const git = bare ? join(await temporaryDirectory(t), "bare") : path;
    if (bare) await nativeGit(["clone", "-q", "--bare", path, git]);
    const backend = await openLocal(t, git, { watch: false });
    const works: Readonly<Record<string, () => Promise<unknown> | undefined>> = {
      object: () => backend.objects.write(blobs.slice(0, 1)),
      pack: () => backend.objects.write(blobs),
      ref: () => backend.refs.compareAndSwap([{ ref: "refs/heads/a/b", old: undefined, new: old, reason: "test" }]),
      shallow: () => backend.shallow?.update([old], []),
      apply: () => backend.workTree?.apply({ ref: MAIN, old, new: next, reason: "test" }, AbortSignal.timeout(9000)),
    };
    for (const [name, begin] of Object.entries(works)) {
      const work = begin();
      renameSync(git, `${git}-gone`);
      const error = await t.throwsAsync(work ?? backend.refs.list(MAIN), undefined, name);
      t.is((error as { code?: string }).code, "VEXIL_UNAVAILABLE_REPOSITORY", `${name}: ${error.message}`);
      t.regex(error.message, /is not there any more; put the repository back/, name);
      t.false(existsSync(git), name);
      renameSync(`${git}-gone`, git);
    }
    await backend.objects.write(blobs);
    await nativeGit(["-C", git, "fsck", "--strict"]);
  }
});

test("a repository that borrows objects is served while native git packs the lender anew", async (t) => {
  const lender = await user(t, { "a/features.yaml": FEATURES });
  const borrower = join(await temporaryDirectory(t), "borrower");
  await nativeGit(["clone", "-q", "--shared", lender.path, borrower]);
  const backend = await openLocal(t, borrower, { watch: false });
  const oids = (await lender.git("rev-list", "--objects", "HEAD")).split("\n").map((line) => line.slice(0, 40));
  t.is((await backend.objects.read(oids)).size, oids.length);
  await lender.git("gc", "-q", "--aggressive", "--prune=now");
  t.is((await backend.objects.read(oids)).size, oids.length);
  await lender.git("repack", "-adfq");
  t.is((await backend.objects.read(oids)).size, oids.length);
});
