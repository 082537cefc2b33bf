import { chmod, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { type BannerClient, bannerClient } from "../helpers/daemon/banner-client.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { FEATURES, type Files, type User, user } from "../helpers/repositories/user.js";
import { testsInTurn } from "../helpers/runner/a-few-at-once.js";

const WITH = "name: Banner, type: BOOLEAN_FLAG_TYPE, enabled: ";
const DEFAULT = EXAMPLE_FILES["default/features.yaml"] ?? "";
const bannerFile = (enabled: boolean): string => DEFAULT.replace(`${WITH}true`, `${WITH}${enabled}`);

interface Beside extends BannerClient {
  readonly human: User;
}

/** A user's clone without a remote, and a daemon on it. */
async function start(
  t: ExecutionContext,
  files: Files,
  before: (human: User) => Promise<unknown> = async () => {},
  backend: object = {},
): Promise<Beside> {
  const human = await user(t, files);
  await before(human);
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: human.path, ...backend } } },
  });
  await (await daemon.start()).settled;
  return {
    human,
    ...bannerClient(() => daemon.url()),
  };
}

const check = testsInTurn(2);

check(
  "whatever a user is in the middle of, the branch's commits are served, writes wait, and status says why",
  async (t) => {
    const { human, status, banner, write } = await start(t, EXAMPLE_FILES);
    await human.git("switch", "-qc", "topic");
    await human.commit({ "default/features.yaml": bannerFile(false) }, "topic");
    await human.git("switch", "-q", "main");
    await human.commit({
      "default/features.yaml": DEFAULT.replace(WITH, "name: Other, type: BOOLEAN_FLAG_TYPE, enabled: "),
    });
    const begins: Readonly<Record<string, readonly [begin: readonly string[], end: readonly string[]]>> = {
      merge: [
        ["merge", "topic"],
        ["merge", "--abort"],
      ],
      rebase: [
        ["rebase", "topic"],
        ["rebase", "--abort"],
      ],
      "cherry-pick": [
        ["cherry-pick", "topic"],
        ["cherry-pick", "--abort"],
      ],
      revert: [
        ["revert", "--no-edit", "topic"],
        ["revert", "--abort"],
      ],
      detached: [
        ["checkout", "-q", "--detach"],
        ["switch", "-q", "main"],
      ],
      "index-version": [
        ["update-index", "--index-version", "4"],
        ["update-index", "--index-version", "2"],
      ],
    };
    for (const [code, [begin, end]] of Object.entries(begins)) {
      await human.git(...begin).catch(() => "conflicts");
      const { blocked } = await eventually(status, (one) => one.blocked !== undefined, 20_000);
      t.is(blocked.code, code);
      t.true(blocked.reason.length > 20);
      const refused = await write(false);
      t.is(refused.status, 503, code);
      t.true(refused.body.message.includes(blocked.reason), refused.body.message);
      t.is(await banner(), true, code);
      await human.git(...end);
      await eventually(status, (one) => one.blocked === undefined, 20_000);
    }
    t.is((await write(false)).status, 200);
    t.is(await human.status(), "");
  },
);

check(
  "a half-written file keeps what its namespaces had: at the start HEAD's version, then the last good one",
  async (t) => {
    for (const broken of ["", `${bannerFile(false)}\n  - {key: [`]) {
      const { human, status, banner } = await start(t, EXAMPLE_FILES, (one) =>
        one.edit({ "default/features.yaml": broken }),
      );
      t.is(await banner(), true);
      t.is((await status()).quarantined[0]?.file, "default/features.yaml");
      await human.edit({ "default/features.yaml": bannerFile(false) });
      await eventually(banner, (enabled) => enabled === false);
      await human.edit({ "default/features.yaml": broken });
      await eventually(status, (one) => one.quarantined.length > 0);
      t.is(await banner(), false);
      await human.git("checkout", "-q", "--", ".");
      await eventually(status, (one) => one.quarantined.length === 0);
      t.is(await banner(), true);
      // Whoever commits it means it: an empty file defines nothing.
      if (broken !== "") continue;
      await human.commit({ "default/features.yaml": broken });
      await eventually(banner, (enabled) => enabled === undefined);
    }
  },
);

check(
  "odd files beside the flags are left as they are: modes, links, submodules, names that are no UTF-8",
  async (t) => {
    const { human, status, write } = await start(t, EXAMPLE_FILES, async ({ path, git, head }) => {
      await chmod(join(path, "default/features.yaml"), 0o755);
      await mkdir(join(path, "linked"));
      await symlink("../default/features.yaml", join(path, "linked/features.yaml"));
      const odd = Buffer.concat([Buffer.from(`${path}/d`), Buffer.from([0xe9])]);
      await mkdir(odd);
      await writeFile(Buffer.concat([odd, Buffer.from("/features.yaml")]), FEATURES);
      const deep = join(path, ...Array.from({ length: 60 }, (_, index) => `level-${index}`));
      await mkdir(deep, { recursive: true });
      await writeFile(join(deep, "features.yaml"), "namespace: deep\n");
      await mkdir(join(path, "module/features.yaml"), { recursive: true });
      await git("add", "-A");
      await git("update-index", "--add", "--cacheinfo", `160000,${await head()},module/features.yaml`);
      await git("commit", "-qm", "odd");
    });
    t.deepEqual((await status()).uncommitted ?? [], []);
    t.is((await write(false)).status, 200);
    const changed = await human.git("diff-tree", "-r", "HEAD~1", "HEAD");
    t.regex(changed, /^:100755 100755 \S+ \S+ M\tdefault\/features\.yaml$/);
    t.is((await stat(join(human.path, "default/features.yaml"))).mode & 0o777, 0o755);
    t.is(await human.status(), "");
    await human.git("fsck", "--strict");
  },
);

check("lines that end in CRLF still do after a write", async (t) => {
  const { human, write } = await start(t, { "default/features.yaml": DEFAULT.replaceAll("\n", "\r\n") });
  t.is((await write(false)).status, 200);
  t.notRegex(await readFile(join(human.path, "default/features.yaml"), "latin1"), /[^\r]\n/);
  t.is(await human.status(), "");
});

check("a write that a reset took away, not knowing of it, is made again on top of what came since", async (t) => {
  const { human, banner, write } = await start(t, EXAMPLE_FILES, undefined, { watch: false });
  const old = await human.head();
  t.is((await write(false)).status, 200);
  // As `git reset --hard` (and `git stash`) goes on after it looked up HEAD: index and files, then the branch.
  await human.git("read-tree", "-u", "--reset", old);
  await human.git("update-ref", "-m", "reset: moving to HEAD", "HEAD", old);
  await human.commit({ "notes.txt": "mine\n" }, "mine");
  await eventually(
    () => human.git("log", "--format=%s"),
    (log) => log === "update flag default/banner\nmine\nfirst",
  );
  t.is(await banner(), false);
  t.is(await human.status(), "");
});

/** On `topic`; checking `main` out again goes on for as long as the returned file is there. */
async function slowCheckout(human: User): Promise<{ readonly gate: string; readonly smudging: string }> {
  const [gate, smudging] = [join(human.path, ".git", "gate"), join(human.path, ".git", "smudging")];
  const smudge = `touch '${smudging}'; while test -e '${gate}'; do sleep 0.05; done; cat`;
  await human.git("config", "filter.slow.smudge", smudge);
  await human.git("config", "filter.slow.clean", "cat");
  await human.commit({ ".gitattributes": "*.big filter=slow\n", "x.big": "1\n" });
  await human.git("switch", "-qc", "topic");
  await human.commit({ "x.big": "2\n" });
  await writeFile(gate, "");
  return { gate, smudging };
}

check("a write while a user is checking the branch out waits for that, and is in index and files after", async (t) => {
  const { human, banner, write } = await start(t, EXAMPLE_FILES);
  const { gate, smudging } = await slowCheckout(human);
  const checkout = human.git("checkout", "-q", "main");
  await eventually(
    () => stat(smudging).catch(() => undefined),
    (found) => found !== undefined,
  );
  const before = await human.git("rev-parse", "main");
  const refused = await write(false);
  t.is(refused.status, 503);
  t.regex(refused.body.message, /index\.lock is held by another program/);
  t.is(await human.git("rev-parse", "main"), before);
  const waiting = eventually(
    () => write(false),
    ({ status }) => status === 200,
    20_000,
  );
  await rm(gate);
  await checkout;
  await waiting;
  t.is(await human.status(), "");
  t.is(await human.read("default/features.yaml"), bannerFile(false));
  await human.commit({ "x.big": "3\n" }, "mine");
  t.is(await banner(), false);
  t.is(await human.git("log", "-2", "--format=%s"), "mine\nupdate flag default/banner");
});

check("a write to a branch that is not checked out does not wait for an editor that a commit has open", async (t) => {
  const { human, write } = await start(t, EXAMPLE_FILES);
  await human.git("switch", "-qc", "topic");
  await human.edit({ "default/features.yaml": `${DEFAULT}# mine\n` });
  const [gate, opened] = [join(human.path, ".git", "gate"), join(human.path, ".git", "opened")];
  await writeFile(gate, "");
  const editor = `touch '${opened}'; while test -e '${gate}'; do sleep 0.05; done; echo mine >`;
  const committed = human.git("-c", `core.editor=${editor}`, "commit", "-qa");
  await eventually(
    () => stat(opened).catch(() => undefined),
    (found) => found !== undefined,
  );
  t.is((await write(false)).status, 200);
  await rm(gate);
  await committed;
  t.is(await human.git("show", "main:default/features.yaml"), bannerFile(false).trimEnd());
  t.is(await human.git("log", "-1", "--format=%s"), "mine");
});

check("a branch that is renamed fails the storage, whose last state stays, until it is back", async (t) => {
  const { human, status, banner, write } = await start(t, EXAMPLE_FILES);
  await human.git("branch", "-m", "main", "trunk");
  await eventually(status, (one) => one.state === "failed", 20_000);
  t.is(await banner(), true);
  t.is((await write(false)).status, 503);
  await human.git("branch", "-m", "trunk", "main");
  await eventually(status, (one) => one.state === "ready", 20_000);
  await human.git("commit", "-q", "--amend", "-m", "amended");
  const head = await human.head();
  await eventually(status, (one) => one.revision === head, 20_000);
  t.is((await write(false)).status, 200);
});

check(
  "a repository that is moved away right after a write leaves its place free, and goes on once it is back",
  async (t) => {
    const { human, status, banner, write } = await start(t, EXAMPLE_FILES);
    t.is((await write(false)).status, 200);
    await rename(human.path, `${human.path}-gone`);
    await eventually(status, (one) => one.state === "failed", 20_000);
    const refused = await write(true);
    t.is(refused.status, 503);
    t.regex(refused.body.message, /is not there any more; put the repository back/);
    await t.throwsAsync(stat(human.path), { code: "ENOENT" });
    await rename(`${human.path}-gone`, human.path);
    await eventually(status, (one) => one.state === "ready", 20_000);
    t.is(await banner(), false);
    t.is((await write(true)).status, 200);
    t.is(await human.status(), "");
  },
);

check("reads and writes go on while native git packs and prunes without mercy", async (t) => {
  const { human, banner, write } = await start(t, EXAMPLE_FILES);
  const done = new AbortController();
  const collect = async (): Promise<void> => {
    while (!done.signal.aborted) {
      for (const args of [
        ["gc", "-q", "--aggressive", "--prune=now"],
        ["repack", "-adq"],
        ["pack-refs", "--all"],
      ]) {
        await human.git(...args);
      }
      // On its own it tells nobody that it runs: what it takes away beside a write is there again at once.
      await human.git("prune", "--expire=now").catch(() => "");
    }
  };
  const collecting = collect().catch((error: unknown) => {
    // The moment between a prune and that.
    t.regex(String(error), /bad object|does not point to a valid object|Could not read/);
  });
  for (let round = 0; round < 8; round += 1) {
    const answer = await write(round % 2 === 1);
    t.is(answer.status, 200, JSON.stringify(answer.body));
    t.is(await banner(), round % 2 === 1);
  }
  done.abort();
  await collecting;
  await eventually(
    () =>
      human.git("fsck", "--strict").then(
        () => true,
        () => false,
      ),
    (whole) => whole,
  );
  t.is((await human.git("log", "--format=%s")).split("\n").length, 9);
  t.is(await human.status(), "");
});
