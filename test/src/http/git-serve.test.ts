import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";

interface Served {
  readonly repository: TemporaryRepository;
  /** Of the storages `own`, the repository itself, and `copy`, which polls it into memory. */
  readonly url: (storage: string) => string;
}

async function served(t: ExecutionContext): Promise<Served> {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  for (let number = 1; number <= 5; number += 1) await repository.commit({ [`notes/${number}.txt`]: `${number}\n` });
  await nativeGit(["tag", "-a", "v1", "-m", "one", "main~2"], { cwd: repository.path });
  const daemon = await inProcessDaemon(t, {
    storage: {
      own: { backend: { type: "local", path: repository.path } },
      copy: { remote: repository.path, backend: { type: "memory" } },
    },
    environments: { default: { storage: "own", default: true }, copied: { storage: "copy" } },
  });
  await (await daemon.start()).settled;
  return { repository, url: (storage) => `${daemon.url()}/git/${storage}` };
}

const clone = async (t: ExecutionContext, url: string, ...options: readonly string[]): Promise<string> => {
  const path = join(await temporaryDirectory(t), "clone");
  await nativeGit(["clone", "-q", ...options, url, path]);
  return path;
};

const objectsOf = async (cwd: string, ...revisions: readonly string[]): Promise<string> =>
  (await nativeGit(["rev-list", "--objects", "--no-object-names", ...revisions], { cwd }))
    .split("\n")
    .sort()
    .join("\n");

for (const version of [0, 1, 2]) {
  test(`native git clones a storage by version ${version} of the protocol`, async (t) => {
    const { repository, url } = await served(t);
    const path = await clone(t, url("own"), "-c", `protocol.version=${version}`);
    await nativeGit(["fsck", "--full", "--strict"], { cwd: path });
    t.is(await objectsOf(path, "HEAD"), await objectsOf(repository.path, "main"));
    t.is(
      await nativeGit(["rev-parse", "v1^{}"], { cwd: path }),
      await nativeGit(["rev-parse", "main~2"], { cwd: repository.path }),
    );
    t.is(await nativeGit(["status", "--porcelain", "--branch"], { cwd: path }), "## main...origin/main");
    await repository.commit({ "notes/6.txt": "6\n" });
    await nativeGit(["pull", "-q"], { cwd: path });
    t.is(await objectsOf(path, "HEAD"), await objectsOf(repository.path, "main"));
  });
}

test("of a storage that has a part of its history, that part is cloned, and fsck finds nothing missing", async (t) => {
  const { repository, url } = await served(t);
  const path = await clone(t, url("copy"));
  await nativeGit(["fsck", "--full", "--strict"], { cwd: path });
  t.is(
    await nativeGit(["rev-parse", "HEAD"], { cwd: path }),
    await nativeGit(["rev-parse", "main"], { cwd: repository.path }),
  );
  t.is(await nativeGit(["rev-parse", "--is-shallow-repository"], { cwd: path }), "true");
});

test("history is shortened and deepened as git asks for it", async (t) => {
  const { repository, url } = await served(t);
  const path = await clone(t, url("own"), "--depth=2");
  const count = (): Promise<string> => nativeGit(["rev-list", "--count", "HEAD"], { cwd: path });
  t.is(await count(), "2");
  await nativeGit(["fetch", "-q", "--deepen=1"], { cwd: path });
  t.is(await count(), "3");
  await nativeGit(["fetch", "-q", "--unshallow"], { cwd: path });
  t.is(await objectsOf(path, "HEAD"), await objectsOf(repository.path, "main"));
  await nativeGit(["fsck", "--full", "--strict"], { cwd: path });
});

test("files that a clone left out come when they are needed", async (t) => {
  const { repository, url } = await served(t);
  for (const filter of ["blob:none", "tree:0"]) {
    const path = await clone(t, url("own"), `--filter=${filter}`, "--no-checkout");
    const missing = await nativeGit(["rev-list", "--objects", "--missing=print", "HEAD"], { cwd: path });
    t.regex(missing, /^\?/m, filter);
    await nativeGit(["checkout", "-q", "main"], { cwd: path });
    t.is(await objectsOf(path, "HEAD^{tree}"), await objectsOf(repository.path, "main^{tree}"));
  }
});

test("Vexil's own refs are told to nobody, and what only they reach is not given", async (t) => {
  const { repository, url } = await served(t);
  const hidden = await nativeGit(["commit-tree", "-m", "hidden", "main^{tree}"], { cwd: repository.path });
  await nativeGit(["update-ref", "refs/vexil/kept/one", hidden], { cwd: repository.path });
  const told = await nativeGit(["ls-remote", url("own")]);
  t.notRegex(told, /vexil/);
  t.regex(told, /\tHEAD\n.*\trefs\/heads\/main\n.*\trefs\/tags\/v1\n.*\trefs\/tags\/v1\^\{\}$/);
  const path = await clone(t, url("own"));
  const error = await t.throwsAsync(nativeGit(["fetch", "-q", "origin", hidden], { cwd: path }));
  t.regex(error?.message ?? "", /not our ref/);
});

test("nothing is pushed, and git says why", async (t) => {
  const { url } = await served(t);
  const path = await clone(t, url("own"));
  await nativeGit(["commit", "-q", "--allow-empty", "-m", "mine"], { cwd: path });
  const error = await t.throwsAsync(nativeGit(["push", "-q", "origin", "main"], { cwd: path }));
  t.regex(error?.message ?? "", /remote: this is for reading/);
});

test("a ref whose object is missing or damaged is told to nobody, and all else is cloned", async (t) => {
  const { repository, url } = await served(t);
  const cwd = repository.path;
  await nativeGit(["branch", "sound", "main~1"], { cwd });
  const text = join(await temporaryDirectory(t), "text");
  await writeFile(text, "text\n");
  const damaged = (await nativeGit(["hash-object", "-w", text], { cwd })).trim();
  await nativeGit(["tag", "damaged", damaged], { cwd });
  const gitDirectory = (await nativeGit(["rev-parse", "--absolute-git-dir"], { cwd })).trim();
  const file = join(gitDirectory, "objects", damaged.slice(0, 2), damaged.slice(2));
  await chmod(file, 0o644);
  await writeFile(file, "no object at all");
  await writeFile(join(gitDirectory, "refs", "heads", "missing"), `${"ab".repeat(20)}\n`);
  // git's own server tells of them, and whoever clones all is refused then.
  const told = (await nativeGit(["ls-remote", cwd])).split("\n");
  const isLost = (line: string): boolean => /refs\/(heads\/missing|tags\/damaged)$/.test(line);
  t.is(told.filter(isLost).length, 2);
  t.deepEqual(
    (await nativeGit(["ls-remote", url("own")])).split("\n"),
    told.filter((line) => !isLost(line) && !line.includes("refs/vexil/")),
  );
  for (const version of [0, 2]) {
    const path = await clone(t, url("own"), "-c", `protocol.version=${version}`);
    await nativeGit(["fsck", "--full", "--strict"], { cwd: path });
    t.is(
      await nativeGit(["rev-parse", "origin/sound"], { cwd: path }),
      await nativeGit(["rev-parse", "main~1"], { cwd }),
    );
  }
});

test("native git wants a branch by its name, and gets what that is at", async (t) => {
  const { repository, url } = await served(t);
  const path = await clone(t, url("own"));
  await repository.commit({ "notes/6.txt": "6\n" });
  const trace = join(await temporaryDirectory(t), "trace");
  await nativeGit(["fetch", "-q", "origin", "main"], { cwd: path, env: { GIT_TRACE_PACKET: trace } });
  const packets = await readFile(trace, "utf8");
  t.regex(packets, /fetch> want-ref refs\/heads\/main/);
  t.regex(packets, /fetch< wanted-refs/);
  const head = await nativeGit(["rev-parse", "main"], { cwd: repository.path });
  t.is(await nativeGit(["rev-parse", "FETCH_HEAD"], { cwd: path }), head);
  await nativeGit(["fsck", "--full", "--strict"], { cwd: path });
});
