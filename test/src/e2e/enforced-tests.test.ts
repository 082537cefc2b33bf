import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { eventually, type Json, type RunningDaemon, startDaemon, VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { EnforcedRounds } from "../soak/enforced-rounds.js";

const flags = (enabled: boolean): string =>
  `namespace: shop\nflags: [{ key: sale, name: Sale, type: BOOLEAN_FLAG_TYPE, enabled: ${enabled} }]\n`;
const cases = (enabled: boolean): string =>
  `version: "1"\ntests:\n  - { name: as it is meant, flag: sale, entity: ada, expect: { enabled: ${enabled} } }\n`;
const GOOD = { "shop/features.yaml": flags(true), "shop/features.test.yaml": cases(true) };

/** A remote, a user's clone of it, and a daemon that polls it; its file of configuration is in `cwd`. */
async function start(t: ExecutionContext, tests: string) {
  const repository = await temporaryRepository(t, { files: GOOD });
  const clone = await repository.clone();
  const push = async (files: Readonly<Record<string, string>>, to = "main"): Promise<string> => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(clone, path)), { recursive: true });
      await writeFile(join(clone, path), content);
    }
    const git = (...args: readonly string[]): Promise<string> => nativeGit(args, { cwd: clone });
    await git("add", "--all");
    await git("commit", "--quiet", "--message", "change by hand");
    await git("push", "--quiet", "origin", `HEAD:refs/heads/${to}`);
    return git("rev-parse", "HEAD");
  };
  const cwd = await temporaryDirectory(t);
  const storage = { default: { remote: repository.url, backend: { type: "local", path: join(cwd, "store") } } };
  const daemon = await startDaemon(t, {
    cwd,
    config: { storage, environments: { default: { default: true, tests } } },
  });
  return { daemon, push, cwd };
}

const sync = async (daemon: RunningDaemon): Promise<Json> =>
  (await daemon.post("/api/storages/default/sync?wait=true", {})).body;

async function sale(daemon: RunningDaemon, environmentKey = "default"): Promise<boolean> {
  const question = { environmentKey, namespaceKey: "shop", flagKey: "sale", entityId: "ada", context: {} };
  return (await daemon.post("/evaluate/v1/boolean", question)).body.enabled;
}

function status(daemon: RunningDaemon): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VEXIL, "status", "--url", daemon.url], (error, text) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, text });
    });
  });
}

test("a push whose enforced tests fail is held back, which status says, until one comes that passes", async (t) => {
  const { daemon, push } = await start(t, "enforce");
  t.is((await status(daemon)).code, 0);
  const bad = await push({ "shop/features.yaml": flags(false) });
  t.like(await sync(daemon), {
    state: "ready",
    revision: bad,
    failingTests: [{ namespaces: ["shop"], enforced: true }],
  });
  t.true(await sale(daemon));
  const held = await status(daemon);
  t.is(held.code, 1);
  const reason = 'test "as it is meant" of flag sale fails: enabled: expected true, got false';
  t.true(held.text.includes(`held back by tests default/shop: shop/features.test.yaml:3:5: ${reason}`), held.text);
  const line = await daemon.line(({ event }) => event === "tests.failed");
  t.like(line, { level: "error", file: "shop/features.test.yaml", line: 3, column: 5, flag: "sale", revision: bad });
  const metrics = (await daemon.get("/metrics")).body as string;
  t.regex(metrics, /vexil_storage_failing_tests\{[^}]*enforced="true"[^}]*\} 1/);
  // A branch of the environment is held to the same.
  await push({ "shop/features.test.yaml": cases(false) }, "flipt/default/trial");
  await push({ "shop/features.yaml": flags(true) }, "flipt/default/trial");
  await sync(daemon);
  t.false(await sale(daemon, "trial"));
  await push({ "shop/features.test.yaml": cases(true) });
  t.is((await sync(daemon)).failingTests?.length, 1, "that of the branch is left");
  t.true(await sale(daemon));
});

test("with warnings it is served, and a SIGHUP that enforces tests puts the last state back that passes", async (t) => {
  const { daemon, push, cwd } = await start(t, "warn");
  await push({ "shop/features.yaml": flags(false) });
  t.like(await sync(daemon), { quarantined: [], failingTests: [{ enforced: false }] });
  t.false(await sale(daemon));
  const { code, text } = await status(daemon);
  t.is(code, 0);
  t.regex(text, /failing test default\/shop: shop\/features\.test\.yaml:3:5: /);
  const file = join(cwd, "vexil.json");
  await writeFile(file, (await readFile(file, "utf8")).replace('"warn"', '"enforce"'));
  daemon.child.kill("SIGHUP");
  t.true(
    await eventually(
      () => sale(daemon),
      (enabled) => enabled,
    ),
  );
  t.is((await status(daemon)).code, 1);
});

for (const keptBy of ["local", "memory"] as const) {
  test(`pushes whose tests fail are never served by a daemon that is killed, with a backend in ${keptBy}`, async (t) => {
    t.timeout(180_000);
    const { problems, ...seen } = await new EnforcedRounds(t, keptBy, 20261132).run(3);
    t.log(JSON.stringify(seen));
    t.deepEqual(problems, []);
    t.true(seen.failing > 0 && seen.answers > 10);
  });
}
