import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { type BannerClient, bannerClient } from "../helpers/daemon/banner-client.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";
import { aFewAtOnce } from "../helpers/runner/a-few-at-once.js";

const WITH = "name: Banner, type: BOOLEAN_FLAG_TYPE, enabled: ";
const bannerFile = (enabled: boolean): string =>
  (EXAMPLE_FILES["default/features.yaml"] ?? "").replace(`${WITH}true`, `${WITH}${enabled}`);
const OPS = (EXAMPLE_FILES["ops/features.yaml"] ?? "").replace("12.5", "50");

interface User extends BannerClient {
  readonly remote: TemporaryRepository;
  readonly path: string;
  readonly daemon: InProcessDaemon;
  git(...args: string[]): Promise<string>;
  edit(path: string, text: string): Promise<void>;
  commit(path: string, text: string, message?: string): Promise<string>;
}

/**
 * A user's clone, with a daemon that keeps it beside its remote.
 * @param before what happens before the daemon starts
 */
async function start(
  t: ExecutionContext,
  storage: object = {},
  before: (remote: TemporaryRepository, path: string) => Promise<unknown> = async () => {},
): Promise<User> {
  const remote = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const path = await remote.clone();
  await before(remote, path);
  const daemon = await inProcessDaemon(t, {
    storage: { default: { remote: remote.path, poll_interval: "1s", backend: { type: "local", path }, ...storage } },
  });
  await (await daemon.start()).settled;
  const git = (...args: string[]): Promise<string> => nativeGit(["-C", path, ...args]);
  const edit = (file: string, text: string): Promise<void> => writeFile(join(path, file), text);
  return {
    remote,
    path,
    daemon,
    git,
    edit,
    commit: async (file, text, message = "by hand") => {
      await edit(file, text);
      await git("commit", "-qam", message);
      return git("rev-parse", "HEAD");
    },
    ...bannerClient(() => daemon.url()),
  };
}

const inTurn = aFewAtOnce(3);
function check(title: string, run: (t: ExecutionContext) => Promise<void>): void {
  test(title, (t) => {
    t.timeout(180_000);
    return inTurn(() => run(t));
  });
}

check("a remote that is ahead moves branch, index and work tree, and status is clean", async (t) => {
  const user = await start(t);
  const head = await user.remote.commit({
    "default/features.yaml": bannerFile(false),
    "new/features.yaml": "namespace: new\n",
  });
  await eventually(user.status, (one) => one.revision === head);
  t.is(await user.banner(), false);
  t.is(await user.git("rev-parse", "HEAD"), head);
  t.is(await user.git("symbolic-ref", "HEAD"), "refs/heads/main");
  t.is(await user.git("status", "--porcelain"), "");
});

check("an uncommitted edit in the way makes the storage stale, naming the file; undone, it heals", async (t) => {
  const user = await start(t);
  const before = await user.git("rev-parse", "HEAD");
  await user.edit("default/features.yaml", `${EXAMPLE_FILES["default/features.yaml"]}# mine\n`);
  const head = await user.remote.commit({ "default/features.yaml": bannerFile(false) });
  const stale = await eventually(user.status, (one) => one.state === "stale");
  t.regex(stale.lastError.message, /default\/features\.yaml/);
  t.is(await user.git("rev-parse", "HEAD"), before);
  t.is(await user.git("diff", "--name-only"), "default/features.yaml");
  await user.git("checkout", "-q", "--", "default/features.yaml");
  await eventually(user.status, (one) => one.state === "ready" && one.revision === head);
  t.is(await user.git("status", "--porcelain"), "");
});

check("an untracked file in the way is an edit in the way", async (t) => {
  const user = await start(t);
  await user.git("config", "core.fileMode", "true");
  await nativeGit(["-C", user.path, "checkout", "-q", "main"]);
  await mkdir(join(user.path, "late"));
  await user.edit("late/features.yaml", "namespace: mine\n");
  await user.remote.commit({ "late/features.yaml": "namespace: theirs\n" });
  const stale = await eventually(user.status, (one) => one.state === "stale");
  t.regex(stale.lastError.message, /late\/features\.yaml/);
  t.is(await user.git("status", "--porcelain"), "?? late/");
});

check("a user's commits go to the remote at the next poll", async (t) => {
  const user = await start(t);
  const commit = await user.commit("default/features.yaml", bannerFile(false));
  await eventually(
    () => user.remote.head(),
    (head) => head === commit,
  );
  t.is(await user.banner(), false);
  await eventually(user.status, (one) => one.state === "ready");
  await eventually(
    () => user.git("rev-parse", "refs/remotes/origin/main"),
    (tracked) => tracked === commit,
  );
});

check("a write takes commits of a user along that the remote lacks: one push has both", async (t) => {
  const user = await start(t, { poll_interval: "1h" });
  const log = join(user.remote.path, "pushes");
  await writeFile(join(user.remote.path, "hooks", "pre-receive"), `#!/bin/sh\ncat >> "${log}"\n`, { mode: 0o755 });
  const first = await user.git("rev-parse", "HEAD");
  const mine = [await user.commit("ops/features.yaml", OPS), await user.commit("ops/features.yaml", `${OPS}# 2\n`)];
  const { status, body } = await user.write(false);
  t.is(status, 200);
  t.is(await readFile(log, "utf8"), `${first} ${body.revision} refs/heads/main\n`);
  t.deepEqual((await user.remote.git("rev-list", "--reverse", `${first}..main`)).split("\n"), [...mine, body.revision]);
  t.is(await user.git("rev-parse", "refs/remotes/origin/main"), body.revision);
  t.is(await user.git("status", "--porcelain"), "");
});

check(
  "commits that the remote refuses stay and are served, and the storage fails with the remote's words",
  async (t) => {
    const user = await start(t);
    const hook = join(user.remote.path, "hooks", "pre-receive");
    await writeFile(hook, "#!/bin/sh\necho 'the branch is frozen' >&2\nexit 1\n", { mode: 0o755 });
    const commit = await user.commit("default/features.yaml", bannerFile(false));
    const failed = await eventually(user.status, (one) => one.state === "failed");
    t.regex(failed.lastError.message, /the branch is frozen/);
    t.is(await user.git("rev-parse", "HEAD"), commit);
    t.is(await user.banner(), false);
    t.is((await user.write(true)).status, 503);
  },
);

check("a rewritten remote is followed when there is no commit of a user", async (t) => {
  const user = await start(t);
  const head = await user.remote.commit(
    { ...EXAMPLE_FILES, "default/features.yaml": bannerFile(false) },
    { root: true },
  );
  await eventually(user.status, (one) => one.revision === head);
  t.is(await user.git("rev-parse", "HEAD"), head);
  t.is(await user.git("status", "--porcelain"), "");
});

check(
  "commits on both sides to different files: the user's are redone on top, author, date and message kept",
  async (t) => {
    const user = await start(t, { poll_interval: "3s" });
    const theirs = await user.remote.commit({ "ops/features.yaml": OPS });
    await user.edit("default/features.yaml", bannerFile(false));
    await user.edit("run.sh", "#!/bin/sh\n");
    await chmod(join(user.path, "run.sh"), 0o755);
    await user.git("add", "-A");
    const date = "2020-01-02T03:04:05+05:30";
    await nativeGit(["-C", user.path, "commit", "-qm", "mine"], {
      env: { GIT_AUTHOR_NAME: "Grace", GIT_AUTHOR_EMAIL: "grace@example.com", GIT_AUTHOR_DATE: date },
    });
    await eventually(
      () => user.remote.git("log", "--format=%an %ae %s", "-1", "main"),
      (line) => line === "Grace grace@example.com mine",
    );
    t.is(await user.remote.git("rev-parse", "main^"), theirs);
    t.is(await user.remote.git("log", "-1", "--format=%aI", "main"), date);
    t.regex(await user.remote.git("ls-tree", "main", "run.sh"), /^100755 /);
    await eventually(user.status, (one) => one.state === "ready");
    t.is(await user.git("rev-parse", "HEAD"), (await user.remote.head()) ?? "");
    t.is(await user.git("status", "--porcelain"), "");
    t.is(await user.banner(), false);
  },
);

check(
  "commits on both sides to the same file: failed with both commits, nothing overwritten, healed by a merge",
  async (t) => {
    const user = await start(t, { poll_interval: "2s" });
    const theirs = await user.remote.commit({
      "default/features.yaml": `${EXAMPLE_FILES["default/features.yaml"]}# theirs\n`,
    });
    const mine = await user.commit("default/features.yaml", bannerFile(false), "mine");
    const failed = await eventually(user.status, (one) => one.state === "failed");
    t.true(
      failed.lastError.message.includes(theirs) && failed.lastError.message.includes(mine),
      failed.lastError.message,
    );
    t.is(await user.remote.head(), theirs);
    t.is(await user.git("rev-parse", "HEAD"), mine);
    t.is((await user.write(true)).status, 503);
    await user.git("fetch", "-q", "origin");
    await user.git("merge", "-q", "-X", "ours", "-m", "merged", "origin/main");
    const merged = await user.git("rev-parse", "HEAD");
    await eventually(
      () => user.remote.head(),
      (head) => head === merged,
    );
    await eventually(user.status, (one) => one.state === "ready");
  },
);

check(
  "commits on both sides before the start do not stop it: the user's are served until they are merged",
  async (t) => {
    const user = await start(t, {}, async (remote, path) => {
      await remote.commit({ "default/features.yaml": `${EXAMPLE_FILES["default/features.yaml"]}# theirs\n` });
      await writeFile(join(path, "default/features.yaml"), bannerFile(false));
      await nativeGit(["-C", path, "commit", "-qam", "mine"]);
    });
    const failed = await eventually(user.status, (one) => one.state === "failed");
    t.is(failed.lastError.code, "VEXIL_REMOTE_DIVERGED");
    t.is(await user.banner(), false);
    await user.git("fetch", "-q", "origin");
    await user.git("rebase", "-q", "-X", "theirs", "origin/main");
    await eventually(user.status, (one) => one.state === "ready");
    t.is(await user.banner(), false);
  },
);

check("an uncommitted edit in the way at the start does not stop it either", async (t) => {
  const user = await start(t, {}, async (remote, path) => {
    await remote.commit({ "default/features.yaml": `${EXAMPLE_FILES["default/features.yaml"]}# theirs\n` });
    await writeFile(join(path, "default/features.yaml"), bannerFile(false));
  });
  const stale = await eventually(user.status, (one) => one.state === "stale");
  t.regex(stale.lastError.message, /default\/features\.yaml/);
  t.is(await user.banner(), false);
  await user.git("checkout", "-q", "--", ".");
  await eventually(user.status, (one) => one.state === "ready");
  t.is(await user.banner(), true);
});

check("a merge under way is not written, and status says why", async (t) => {
  const user = await start(t, { poll_interval: "1h" });
  await user.git("checkout", "-q", "-b", "other");
  await user.commit("default/features.yaml", bannerFile(false), "other");
  await user.git("checkout", "-q", "main");
  await user.commit("default/features.yaml", `${EXAMPLE_FILES["default/features.yaml"]}# main\n`, "main");
  await user.git("merge", "-q", "--no-commit", "--no-ff", "other").catch(() => undefined);
  await eventually(user.status, (one) => one.blocked !== undefined);
  t.is((await user.write(false)).status, 503);
  await user.git("merge", "--abort");
  await eventually(user.status, (one) => one.blocked === undefined);
});

check(
  "with another branch checked out the configured branch is served and written, the work tree left alone",
  async (t) => {
    const user = await start(t);
    await user.git("checkout", "-q", "-b", "feature");
    await user.edit("default/features.yaml", "half-way");
    t.is((await user.write(false)).status, 200);
    t.is(await user.banner(), false);
    t.is(await user.git("symbolic-ref", "HEAD"), "refs/heads/feature");
    t.is(await user.git("status", "--porcelain"), " M default/features.yaml");
    t.is(await user.remote.git("log", "-1", "--format=%s", "main"), "update flag default/banner");
    t.is(await user.git("rev-parse", "main"), (await user.remote.head()) ?? "");
  },
);

check("an API write leaves what a user has staged staged, and out of its commit", async (t) => {
  const user = await start(t);
  await user.edit("ops/features.yaml", OPS);
  await user.git("add", "ops/features.yaml");
  t.is((await user.write(false)).status, 200);
  t.is(await user.git("status", "--porcelain"), "M  ops/features.yaml");
  t.is(await user.git("show", "--format=", "--name-only", "HEAD"), "default/features.yaml");
  t.is(await user.remote.head(), await user.git("rev-parse", "HEAD"));
});
