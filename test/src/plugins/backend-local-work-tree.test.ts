import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Backend, WorkTree, WorkTreeApplied, WorkTreeScan } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { GitActivity } from "../../../plugins/backend-local/dist/work-tree/git-activity.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { openLocal } from "../helpers/plugins/local-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { FEATURES, type Files, type User, user, userAt } from "../helpers/repositories/user.js";

const MAIN = "refs/heads/main";
const wanted = (path: string): boolean => /\/features\.(?:yaml|yml|json)$/.test(path);

interface Started {
  readonly human: User;
  readonly backend: Backend;
  readonly workTree: WorkTree;
  scan(): Promise<WorkTreeScan>;
  /** Edits as text, deleted files as undefined. */
  edits(): Promise<Files>;
  /** Moves the branch on as an API write does. */
  write(files: Files): Promise<{ readonly commit: string; readonly applied: WorkTreeApplied }>;
}

async function start(t: ExecutionContext, files?: Files): Promise<Started> {
  return startWith(t, await user(t, files));
}

async function startWith(t: ExecutionContext, human: User): Promise<Started> {
  const backend = await openLocal(t, human.path, { watch: false });
  const workTree = backend.workTree;
  if (workTree === undefined) throw new Error("a clone has no work tree");
  const scan = (): Promise<WorkTreeScan> => workTree.scan(wanted, AbortSignal.timeout(10_000));
  return {
    human,
    backend,
    workTree,
    scan,
    edits: async () =>
      Object.fromEntries(
        [...(await scan()).edits].map(([path, bytes]) => [path, bytes && Buffer.from(bytes).toString("utf8")]),
      ),
    write: async (changed) => {
      const old = await human.head();
      const commit = await human.commitAside(changed);
      const update = { ref: MAIN, old, new: commit, reason: "commit: test" };
      return { commit, applied: await workTree.apply(update, AbortSignal.timeout(10_000)) };
    },
  };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    return VexilError.is(error) ? error.code : String(error);
  }
}

test("edits, new, deleted, renamed, staged and stashed files are seen, committed or not", async (t) => {
  const { human, edits, scan } = await start(t, { "a/features.yaml": FEATURES, "b/features.yaml": FEATURES });
  t.deepEqual(await edits(), {});
  await human.edit({ "a/features.yaml": "changed: 1\n", "c/features.yaml": "new: 1\n", "b/features.yaml": undefined });
  const expected = { "a/features.yaml": "changed: 1\n", "b/features.yaml": undefined, "c/features.yaml": "new: 1\n" };
  t.deepEqual(await edits(), expected);
  await human.git("add", "-A");
  t.deepEqual(await edits(), expected);
  await human.git("stash");
  t.deepEqual(await edits(), {});
  await human.git("stash", "pop");
  t.deepEqual(await edits(), expected);
  await human.git("commit", "-qam", "all");
  t.deepEqual(await edits(), {});
  t.is((await scan()).head.commit, await human.head());
  await rename(join(human.path, "a"), join(human.path, "z"));
  t.deepEqual(await edits(), { "a/features.yaml": undefined, "z/features.yaml": "changed: 1\n" });
  await human.edit({ "c/features.yaml": "" });
  t.is((await edits())["c/features.yaml"], "");
  await human.git("reset", "-q", "--hard", "HEAD~1");
  t.deepEqual(await edits(), { "z/features.yaml": "changed: 1\n" });
  await human.git("clean", "-qfd");
  t.deepEqual(await edits(), {});
});

test("an edit of the same size in the same moment is seen", async (t) => {
  const { human, edits } = await start(t);
  for (let round = 0; round < 20; round += 1) {
    const content = FEATURES.replace("One", `O${String(round).padStart(2, "0")}`);
    await human.edit({ "default/features.yaml": content });
    t.is((await edits())["default/features.yaml"], content);
  }
});

test("what git leaves out is left out: ignored files, repositories inside, links", async (t) => {
  const { human, edits } = await start(t, { ".gitignore": "build/\nlocal/\n", "a/features.yaml": FEATURES });
  await human.edit({ "build/x/features.yaml": "x", "local/features.yaml": "x", "inside/features.yaml": "x" });
  await nativeGit(["init", "-q", join(human.path, "inside")]);
  await symlink(join(human.path, "a"), join(human.path, "link"));
  t.deepEqual(await edits(), {});
  await human.edit({ ".gitignore": "build/\n" });
  t.deepEqual(Object.keys(await edits()), ["local/features.yaml"]);
  // Tracked files count wherever they are; a directory that became a link has none.
  await human.git("add", "-f", "build/x/features.yaml");
  await human.git("commit", "-qm", "tracked although ignored");
  await human.edit({ "build/x/features.yaml": "y" });
  t.deepEqual(Object.keys(await edits()), ["build/x/features.yaml", "local/features.yaml"]);
  await rename(join(human.path, "a"), join(human.path, "elsewhere"));
  await symlink(join(human.path, "elsewhere"), join(human.path, "a"));
  t.is((await edits())["a/features.yaml"], undefined);
  t.true("a/features.yaml" in (await edits()));
});

test("with another branch, a detached HEAD or a merge under way the work tree does not count", async (t) => {
  const { human, backend, scan, write } = await start(t);
  const first = await human.head();
  await human.git("switch", "-qc", "topic");
  await human.commit({ "default/features.yaml": "topic: 1\n" });
  await human.edit({ "default/features.yaml": "topic: 2\n" });
  const other = await scan();
  t.is(other.head.branch, "refs/heads/topic");
  t.is(other.blocked, undefined);
  t.is(other.edits.size, 0);
  // The configured branch is written without touching the work tree.
  const before = await human.status();
  const commit = await human.commitAside({ "default/features.yaml": "main: 1\n" }, first);
  t.true(await backend.refs.compareAndSwap([{ ref: MAIN, old: first, new: commit, reason: "commit: test" }]));
  t.is(await human.status(), before);
  t.is(await human.git("rev-parse", "main"), commit);
  await human.git("stash");
  t.not(await human.git("merge", "main").catch(() => "conflict"), "");
  t.is((await scan()).blocked?.code, "merge");
  t.is(await codeOf(write({ "default/features.yaml": "x" })), "none");
  await human.git("merge", "--abort");
  await human.git("checkout", "-q", "--detach", "main");
  t.is((await scan()).blocked?.code, "detached");
  await human.git("switch", "-q", "main");
  t.is((await scan()).blocked, undefined);
});

test("an update moves branch, index and files on and leaves everything else as it was", async (t) => {
  const { human, write, backend } = await start(t, {
    "a/features.yaml": FEATURES,
    "b/features.yaml": FEATURES,
    "c/deep/features.yaml": FEATURES,
    "notes.txt": "one\ntwo\n",
  });
  await human.edit({ "notes.txt": "one\nedited\n", "b/features.yaml": "staged: 1\n", "untracked.txt": "x" });
  await human.git("add", "b/features.yaml");
  await human.edit({ "b/features.yaml": "staged and edited: 1\n" });
  const before = [await human.status(), await human.git("diff"), await human.git("diff", "--cached")];
  const { commit, applied } = await write({
    "a/features.yaml": "written: 1\n",
    "c/deep/features.yaml": undefined,
    "new/features.yaml": "new: 1\n",
  });
  t.deepEqual(applied, { type: "applied" });
  t.is(await human.head(), commit);
  t.is(await human.git("symbolic-ref", "HEAD"), MAIN);
  t.deepEqual([await human.status(), await human.git("diff"), await human.git("diff", "--cached")], before);
  t.is(await human.read("a/features.yaml"), "written: 1\n");
  t.is(await human.read("new/features.yaml"), "new: 1\n");
  await t.throwsAsync(human.read("c/deep/features.yaml"));
  t.regex(await human.git("reflog", "-1", "main"), /commit: test/);
  t.regex(await human.git("reflog", "-1"), /commit: test/);
  await human.git("fsck", "--strict");
  t.is(
    await codeOf(backend.refs.compareAndSwap([{ ref: MAIN, old: commit, new: undefined, reason: "" }])),
    "VEXIL_UNAVAILABLE_BLOCKED",
  );
});

test("uncommitted edits, staged changes and files in the way are never overwritten", async (t) => {
  const { human, write } = await start(t, { "a/features.yaml": FEATURES, "b/features.yaml": FEATURES });
  const head = await human.head();
  const refuse = async (files: Files, paths: readonly string[]): Promise<void> => {
    const before = await human.status();
    t.deepEqual((await write(files)).applied, { type: "edited", paths });
    t.is(await human.status(), before);
    t.is(await human.head(), head);
  };
  await human.edit({ "a/features.yaml": "mine: 1\n" });
  await refuse({ "a/features.yaml": "theirs: 1\n", "b/features.yaml": "theirs: 1\n" }, ["a/features.yaml"]);
  await human.git("add", "-A");
  await refuse({ "a/features.yaml": "theirs: 1\n" }, ["a/features.yaml"]);
  await human.git("reset", "-q", "--hard");
  await human.edit({ "c/features.yaml": "untracked: 1\n", d: "a file\n" });
  await refuse({ "c/features.yaml": "theirs: 1\n" }, ["c/features.yaml"]);
  await refuse({ "d/features.yaml": "theirs: 1\n" }, ["d"]);
  await human.git("clean", "-qfd");
  await human.edit({ "b/features.yaml": undefined });
  await refuse({ "b/features.yaml": "theirs: 1\n" }, ["b/features.yaml"]);
  await human.git("checkout", "-q", ".");
  await mkdir(join(human.path, "real"));
  await symlink(join(human.path, "real"), join(human.path, "e"));
  await refuse({ "e/features.yaml": "theirs: 1\n" }, ["e"]);
  await rm(join(human.path, "e"));
  t.deepEqual((await write({ "a/features.yaml": "theirs: 1\n" })).applied, { type: "applied" });
  t.is(await human.status(), "");
});

test("links, executable files, submodules and files that become directories follow as git has them", async (t) => {
  const { human, workTree } = await start(t, { thing: "a file\n", "dir/x": "x\n", "run.sh": "#!/bin/sh\n" });
  const old = await human.head();
  await human.git("switch", "-qc", "other");
  await rm(join(human.path, "dir"), { recursive: true });
  await human.edit({ thing: undefined, "thing/inner/file": "in\n", dir: "now a file\n" });
  await symlink("thing/inner/file", join(human.path, "link"));
  await human.git("add", "-A");
  await human.git("update-index", "--chmod=+x", "run.sh");
  await human.git("update-index", "--add", "--cacheinfo", `160000,${old},module`);
  await human.git("commit", "-qm", "kinds");
  const next = await human.head();
  await human.git("reset", "-q", "--hard");
  await human.git("switch", "-q", "main");
  t.deepEqual(await workTree.apply({ ref: MAIN, old, new: next, reason: "pull" }, AbortSignal.timeout(9000)), {
    type: "applied",
  });
  t.is(await human.status(), "");
  t.is(await human.read("link"), "in\n");
  t.deepEqual(await workTree.apply({ ref: MAIN, old: next, new: old, reason: "back" }, AbortSignal.timeout(9000)), {
    type: "applied",
  });
  t.is(await human.status(), "");
  t.is(await human.read("thing"), "a file\n");
});

test("a linked work tree and one with alternates are served and written", async (t) => {
  const main = await user(t, { "a/features.yaml": FEATURES });
  const linked = join(await temporaryDirectory(t), "linked");
  await main.git("branch", "live");
  await main.git("worktree", "add", "-q", linked, "live");
  const human = userAt(linked);
  const backend = await openLocal(t, linked, { watch: false, branch: "live" });
  const old = await human.head();
  const env = await main.commitAside({ "a/features.yaml": "live: 1\n" }, old);
  const update = { ref: "refs/heads/live", old, new: env, reason: "commit: live" };
  t.deepEqual(await backend.workTree?.apply(update, AbortSignal.timeout(9000)), { type: "applied" });
  t.is(await human.status(), "");
  t.is(await main.status(), "");
  t.is(await human.read("a/features.yaml"), "live: 1\n");
  // Its branch is not pulled from under the main work tree.
  const swap = backend.refs.compareAndSwap([{ ref: MAIN, old, new: env, reason: "" }]);
  t.is(await codeOf(swap), "VEXIL_UNAVAILABLE_BLOCKED");
  const borrowed = join(await temporaryDirectory(t), "borrowed");
  await nativeGit(["clone", "-q", "--shared", main.path, borrowed]);
  const other = await startWith(t, userAt(borrowed));
  t.deepEqual(await other.edits(), {});
  t.deepEqual((await other.write({ "a/features.yaml": "shared: 1\n" })).applied, { type: "applied" });
  t.is(await other.human.status(), "");
});

test("a branch that is checked out nowhere moves while no work tree's index is locked", async (t) => {
  const { human, backend } = await start(t);
  const old = await human.head();
  await human.git("switch", "-qc", "topic");
  const linked = join(await temporaryDirectory(t), "linked");
  await human.git("worktree", "add", "-q", "-b", "live", linked);
  const swap = async (): Promise<boolean> => {
    const update = { ref: MAIN, old, new: await human.commitAside({ "a/features.yaml": "x: 1\n" }), reason: "test" };
    return backend.refs.compareAndSwap([update]);
  };
  for (const directory of [".git", ".git/worktrees/linked"]) {
    const lock = join(human.path, directory, "index.lock");
    await writeFile(lock, "");
    t.is(await codeOf(swap()), "VEXIL_UNAVAILABLE_LOCKED", directory);
    t.is(await human.git("rev-parse", "main"), old);
    await rm(lock);
  }
  t.true(await swap());
  t.is(await human.status(), "");
});

test("a lock of a user's git is waited for, then reported, and nothing has moved", async (t) => {
  const { human, write } = await start(t);
  for (const name of ["index.lock", "refs/heads/main.lock"]) {
    const lock = join(human.path, ".git", name);
    await writeFile(lock, "");
    t.is(await codeOf(write({ "default/features.yaml": "x: 1\n" })), "VEXIL_UNAVAILABLE_LOCKED", name);
    t.is(await readFile(lock, "utf8"), "");
    await rm(lock);
    t.is(await human.status(), "");
  }
  t.deepEqual((await write({ "default/features.yaml": "x: 1\n" })).applied, { type: "applied" });
});

test("a gc that does not end, or has ended without a word, holds nobody up for ever", async (t) => {
  const { human, write } = await start(t);
  for (const holder of ["1 another-host", `4194305 ${hostname()}`]) {
    await writeFile(join(human.path, ".git", "gc.pid"), holder);
    t.deepEqual((await write({ "default/features.yaml": `# ${holder}\n` })).applied, { type: "applied" });
    t.is(await human.read("default/features.yaml"), `# ${holder}\n`);
  }
});

test("what a reset that began before a write takes away, not knowing of it, is put back; a reset on purpose stays", async (t) => {
  const { human, write, scan } = await start(t);
  const old = await human.head();
  const { commit } = await write({ "default/features.yaml": "written: 1\n" });
  // As `git reset --hard` (and `git stash`) goes on after it looked up HEAD: index and files, then the branch.
  await human.git("read-tree", "-u", "--reset", old);
  await human.git("update-ref", "-m", "reset: moving to HEAD", "HEAD", old);
  await human.edit({ "default/features.yaml": FEATURES, "notes.txt": "mine\n" });
  t.is((await scan()).head.commit, commit);
  t.is(await human.head(), commit);
  t.is(await human.read("default/features.yaml"), "written: 1\n");
  t.is(await human.status(), "? notes.txt");
  await human.git("reset", "-q", "--hard", "HEAD~1");
  t.is((await scan()).head.commit, old);
  t.is(await human.head(), old);
});

test("all writes that were made while a reset was under way are put back, or told to be made again, also after a failure", async (t) => {
  const { human, write, scan } = await start(t);
  const old = await human.head();
  const first = await write({ "default/features.yaml": "written: 1\n" });
  const second = await write({ "default/features.yaml": "written: 2\n" });
  const resets = async (): Promise<void> => {
    await human.git("read-tree", "-u", "--reset", old);
    await human.git("update-ref", "-m", "reset: moving to HEAD", "HEAD", old);
  };
  await resets();
  const lock = join(human.path, ".git", "index.lock");
  await writeFile(lock, "");
  await scan().catch(() => undefined);
  t.is(await human.head(), old);
  await rm(lock);
  t.is((await scan()).head.commit, second.commit);
  t.is(await human.head(), second.commit);
  t.is(await human.read("default/features.yaml"), "written: 2\n");
  t.is(await human.status(), "");
  await resets();
  const theirs = await human.commit({ "notes.txt": "theirs\n" });
  t.deepEqual((await scan()).discarded, [first.commit, second.commit]);
  t.is(await human.head(), theirs);
});

test("entries of the index that a stash under way writes back are restored: no write is refused, no commit undoes one", async (t) => {
  const { human, write, scan, edits } = await start(t, {
    "old/features.yaml": FEATURES,
    "gone/features.yaml": FEATURES,
    "mine/features.yaml": FEATURES,
  });
  await human.edit({ "mine/features.yaml": "mine: 1\n" });
  await human.git("stash");
  // It has read the index, and writes it once more when it goes on.
  const [hold, held, go] = ["hold", "held", "go"].map((name) => join(human.path, ".git", name)) as [
    string,
    string,
    string,
  ];
  const hook = `#!/bin/sh\nrm '${hold}' 2>&- || exit 0\ntouch '${held}'\nwhile [ ! -e '${go}' ]; do sleep 0.02; done\n`;
  await mkdir(join(human.path, ".git", "hooks"), { recursive: true });
  await writeFile(join(human.path, ".git", "hooks", "post-index-change"), hook, { mode: 0o755 });
  await writeFile(hold, "");
  const popped = human.git("stash", "pop");
  await eventually(
    async () => existsSync(held),
    (is) => is,
  );
  const first = await write({ "old/features.yaml": "written: 1\n" });
  const files = { "old/features.yaml": "written: 2\n", "new/features.yaml": FEATURES, "gone/features.yaml": undefined };
  const second = await write(files);
  t.deepEqual([first.applied, second.applied], [{ type: "applied" }, { type: "applied" }]);
  await writeFile(go, "");
  await popped;
  t.regex(await human.status(), /features\.yaml[\s\S]*features\.yaml/, "the case is given");

  t.is((await scan()).head.commit, second.commit);
  t.deepEqual(await edits(), { "mine/features.yaml": "mine: 1\n" });
  t.regex(await human.status(), /^1 \.M \S+ \S+ \S+ \S+ \S+ \S+ mine\/features\.yaml$/);
  const { applied } = await write({ "old/features.yaml": "written: 3\n", "new/features.yaml": "written: 3\n" });
  t.deepEqual(applied, { type: "applied" });
  await human.git("commit", "-q", "-m", "mine", "mine/features.yaml");
  t.deepEqual((await human.git("show", "--format=", "--name-only", "HEAD")).split("\n"), ["mine/features.yaml"]);

  // On purpose it may be as it was.
  await human.git("restore", "--staged", "--source", first.commit, "old/features.yaml");
  await scan();
  t.regex(await human.status(), /^1 MM .* old\/features\.yaml$/);
  t.deepEqual((await write({ "old/features.yaml": "written: 4\n" })).applied, {
    type: "edited",
    paths: ["old/features.yaml"],
  });
});

test("where there is a stash, a user's write of the index is waited out for longer, this daemon's own is not", async (t) => {
  const human = await user(t);
  await human.edit({ "default/features.yaml": "mine: 1\n" });
  await human.git("stash");
  const gitDirectory = join(human.path, ".git");
  /** Nobody has waited yet. */
  const fresh = (): GitActivity => new GitActivity({ gitDirectory, commonDirectory: gitDirectory });
  const ageMs = async (): Promise<number> => Date.now() - (await stat(join(gitDirectory, "index"))).ctimeMs;
  // On a crowded machine the index may be old before anybody looks.
  const young = await eventually(
    async () => {
      await human.git("update-index", "--force-write-index");
      const isQuiet = fresh().isQuietForEntries;
      return (await ageMs()) < 200 ? { isQuiet } : undefined;
    },
    (seen) => seen !== undefined,
  );
  t.false(young?.isQuiet);
  const own = await eventually(
    async () => {
      await human.git("update-index", "--force-write-index");
      const activity = fresh();
      activity.written();
      await delay(15);
      const isQuiet = activity.isQuietForEntries;
      return (await ageMs()) < 200 ? { isQuiet } : undefined;
    },
    (seen) => seen !== undefined,
  );
  t.true(own?.isQuiet);
});
