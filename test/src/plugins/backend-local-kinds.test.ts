import { statSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import local from "@vexil/backend-local";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { backendContext, openLocal } from "../helpers/plugins/local-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { FEATURES, type User, user, userAt } from "../helpers/repositories/user.js";

const wanted = (path: string): boolean => /\/features\.(?:yaml|yml|json)$/.test(path);

async function refusal(t: ExecutionContext, path: string): Promise<string> {
  const error = await t.throwsAsync(local.create({ path, watch: false }, backendContext()));
  t.is(VexilError.is(error) ? error.code : String(error), "VEXIL_UNAVAILABLE_REPOSITORY");
  return error?.message ?? "";
}

async function blockedBy(t: ExecutionContext, human: User): Promise<string | undefined> {
  const backend = await openLocal(t, human.path, { watch: false });
  const scan = await backend.workTree?.scan(wanted, AbortSignal.timeout(9000));
  t.is(scan?.edits.size, 0);
  const head = await human.head();
  const next = await human.commitAside({ "default/features.yaml": "x: 1\n" });
  const update = { ref: "refs/heads/main", old: head, new: next, reason: "write" };
  const error = await t.throwsAsync(async () => backend.workTree?.apply(update, AbortSignal.timeout(9000)));
  t.is(VexilError.is(error) ? error.code : String(error), "VEXIL_UNAVAILABLE_BLOCKED");
  t.is(await human.head(), head);
  return scan?.blocked?.code;
}

test("repositories of unknown kinds are refused with what to do", async (t) => {
  const sha256 = join(await temporaryDirectory(t), "sha256");
  await nativeGit(["init", "-q", "--object-format=sha256", sha256]);
  t.regex(await refusal(t, sha256), /sha256.*git init --object-format=sha1/);
  const human = await user(t);
  const config = await readFile(join(human.path, ".git", "config"), "utf8");
  const withConfig = async (text: string): Promise<string> => {
    await writeFile(join(human.path, ".git", "config"), config + text);
    return refusal(t, human.path);
  };
  t.regex(
    await withConfig("[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = reftable\n"),
    /reftable/,
  );
  t.regex(await withConfig("[core]\n\trepositoryformatversion = 1\n[extensions]\n\tmoonPhase = full\n"), /moonphase/);
  t.regex(await withConfig("[core]\n\trepositoryformatversion = 2\n"), /version 2/);
  t.regex(await withConfig("not a config\n"), /config:\d+ is not git configuration/);
  await writeFile(join(human.path, ".git", "config"), config);
  t.regex(await refusal(t, join(human.path, ".git")), /give the clone's own directory/);
  t.regex(await refusal(t, join(human.path, "default", "features.yaml")), /not a directory/);
  const other = await temporaryDirectory(t);
  await writeFile(join(other, "notes.txt"), "x");
  t.regex(await refusal(t, other), /neither a git repository nor empty/);
  t.deepEqual(await readdir(other), ["notes.txt"]);
});

test("a kind that appears while the daemon runs is an error until it is gone", async (t) => {
  const human = await user(t);
  const backend = await openLocal(t, human.path, { watch: false });
  await human.git("config", "core.repositoryformatversion", "1");
  await human.git("config", "extensions.objectformat", "sha256");
  await t.throwsAsync(backend.refs.list(""), { message: /sha256/ });
  await writeFile(join(human.path, ".git", "config"), "[core]\n\trepositoryformatversion = 0\n");
  t.is((await backend.refs.list("refs/heads/")).size, 1);
});

test("work trees that cannot be handled safely are served from their commits and not written", async (t) => {
  const changed = async (...args: readonly string[]): Promise<User> => {
    const human = await user(t);
    await human.git(...args);
    return human;
  };
  t.is(await blockedBy(t, await changed("update-index", "--index-version", "4")), "index-version");
  t.is(await blockedBy(t, await changed("update-index", "--split-index")), "split-index");
  t.is(await blockedBy(t, await changed("config", "core.autocrlf", "true")), "autocrlf");
  const sparse = await user(t, { "default/features.yaml": FEATURES, "other/deep/x": "x" });
  await sparse.git("sparse-checkout", "set", "--cone", "--sparse-index", "default");
  t.is(await blockedBy(t, sparse), "sparse-index");
  for (const attributes of [
    "*.yaml eol=crlf\n",
    "default/** filter=lfs diff=lfs -text\n",
    "[attr]odd ident\n* odd\n",
  ]) {
    t.is(
      await blockedBy(t, await user(t, { "default/features.yaml": FEATURES, ".gitattributes": attributes })),
      "attributes",
    );
  }
  const fine = await user(t, {
    "default/features.yaml": FEATURES,
    ".gitattributes": "* text=auto\n*.png filter=lfs\n",
  });
  const backend = await openLocal(t, fine.path, { watch: false });
  await fine.edit({ "default/features.yaml": FEATURES.replaceAll("\n", "\r\n") });
  const scan = await backend.workTree?.scan(wanted, AbortSignal.timeout(9000));
  t.is(scan?.blocked, undefined);
  t.is(scan?.edits.size, 0);
  t.is(await fine.git("diff"), "");
});

test("files left out of a sparse checkout are not deleted, and follow in the index alone", async (t) => {
  const human = await user(t, { "a/features.yaml": FEATURES, "b/features.yaml": FEATURES });
  await human.git("sparse-checkout", "set", "--cone", "--no-sparse-index", "a");
  const backend = await openLocal(t, human.path, { watch: false });
  t.is((await backend.workTree?.scan(wanted, AbortSignal.timeout(9000)))?.edits.size, 0);
  const old = await human.head();
  const next = await human.commitAside({ "b/features.yaml": "b: 1\n" });
  const update = { ref: "refs/heads/main", old, new: next, reason: "write" };
  t.deepEqual(await backend.workTree?.apply(update, AbortSignal.timeout(9000)), { type: "applied" });
  t.is(await human.status(), "");
  await t.throwsAsync(human.read("b/features.yaml"));
});

test("a folder of features files becomes a normal repository, its files stay where they are", async (t) => {
  const path = await temporaryDirectory(t);
  const human = userAt(path);
  await human.edit({
    "a/features.yaml": FEATURES,
    "b/c/features.json": "{}\n",
    "flipt.yaml": "version: '2.0'\n",
    "x.env": "s",
  });
  await chmod(join(path, "a", "features.yaml"), 0o755);
  const before = await readFile(join(path, "a", "features.yaml"), "utf8");
  const backend = await openLocal(t, path, { watch: false, branch: "live/flags" });
  t.is(await human.git("symbolic-ref", "HEAD"), "refs/heads/live/flags");
  t.is(await human.git("log", "--format=%an <%ae>"), "Vexil <vexil@example.com>");
  t.is(await human.status(), "? x.env");
  t.deepEqual((await human.git("ls-files")).split("\n"), ["a/features.yaml", "b/c/features.json", "flipt.yaml"]);
  t.is(await human.read("a/features.yaml"), before);
  await human.git("fsck", "--strict");
  t.is((await backend.refs.list("")).size, 1);
  await backend.close();
  // A start that was cut before HEAD was written is made again.
  await rm(join(path, ".git", "HEAD"));
  await openLocal(t, path, { watch: false, branch: "live/flags" });
  await human.git("fsck", "--strict");
  t.is(await human.status(), "? x.env");
});

test("core.sharedRepository decides who may write what is made", async (t) => {
  const repository = await temporaryRepository(t, { files: { "a/features.yaml": FEATURES } });
  await repository.git("config", "core.sharedRepository", "group");
  const backend = await openLocal(t, repository.path);
  const head = (await repository.head()) ?? "";
  await backend.refs.compareAndSwap([{ ref: "refs/heads/x/y", old: undefined, new: head, reason: "test" }]);
  const modes = ["refs/heads/x", "refs/heads/x/y"].map((name) => statSync(join(repository.path, name)).mode & 0o7777);
  t.deepEqual(
    modes.map((mode) => mode.toString(8)),
    ["2775", "664"],
  );
});

test("damaged packs, indexes and refs are clear errors, never a hang or a crash", async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [`n${index}/features.yaml`, FEATURES.repeat(index + 1)]),
  );
  const repository = await temporaryRepository(t, { files });
  await repository.git("gc", "-q", "--aggressive", "--prune=now");
  const directory = join(repository.path, "objects", "pack");
  const names = (await readdir(directory)).filter((name) => /\.(?:pack|idx)$/.test(name));
  const objects = (await repository.git("cat-file", "--batch-all-objects", "--batch-check")).split("\n");
  const oids = objects.map((line) => line.slice(0, 40));
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  for (let round = 0; round < 120; round += 1) {
    const path = join(directory, names[round % names.length] ?? "");
    const whole = await readFile(path);
    await chmod(path, 0o644);
    const cut = round % 3 === 0;
    const broken = Buffer.from(cut ? whole.subarray(0, random(whole.length)) : whole);
    if (!cut) for (let count = 0; count < 4; count += 1) broken[random(broken.length)] = random(256);
    await writeFile(path, broken);
    const backend = await local.create({ path: repository.path, watch: false }, backendContext());
    try {
      const found = await backend.objects.read(oids);
      // Whatever comes back is what was asked for: damage in a place nobody reads does no harm.
      t.true([...found.values()].every((object) => oids.includes(object.oid)));
    } catch (error) {
      t.true(VexilError.is(error), String(error));
      t.is((error as VexilError).code, "VEXIL_UNAVAILABLE_CORRUPT");
      t.regex((error as Error).message, /pack-[0-9a-f]+\.(?:pack|idx)/);
    } finally {
      await backend.close();
      await writeFile(path, whole);
    }
  }
  await writeFile(join(repository.path, "packed-refs"), "garbage\n");
  await mkdir(join(repository.path, "refs", "heads"), { recursive: true });
  const backend = await openLocal(t, repository.path);
  await t.throwsAsync(backend.refs.list(""), { message: /packed-refs:1/ });
});
