import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const WITH = "name: Banner, type: BOOLEAN_FLAG_TYPE, enabled: ";
const file = (enabled: boolean): string =>
  (EXAMPLE_FILES["default/features.yaml"] ?? "").replace(`${WITH}true`, `${WITH}${enabled}`);

async function banner(daemon: RunningDaemon): Promise<unknown> {
  return (await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" })).body.enabled;
}

const local = (path: string, more: object = {}, storage: object = {}): { storage: object } => ({
  storage: { default: { backend: { type: "local", path, ...more }, ...storage } },
});

const put = (
  daemon: RunningDaemon,
  enabled: boolean,
): Promise<{ status: number; body: { message?: string; revision?: string } }> =>
  daemon.call("PUT", "/api/v2/environments/default/namespaces/default/resources", {
    key: "banner",
    payload: { "@type": "flipt.core.Flag", key: "banner", name: "Banner", type: "BOOLEAN_FLAG_TYPE", enabled },
  });

for (const watch of [true, false]) {
  test(`commits and pushes by native git into a bare repository are served ${watch ? "at once" : "by the 10 s tick alone"}`, async (t) => {
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const daemon = await startDaemon(t, { config: local(repository.path, watch ? {} : { watch: false }) });
    t.is(await banner(daemon), true);
    const head = await repository.commit({ "default/features.yaml": file(false) });
    await eventually(
      () => banner(daemon),
      (enabled) => enabled === false,
      watch ? 5_000 : 15_000,
    );
    t.is((await daemon.get("/api/status")).body.storages[0].revision, head);
  });
}

test("a folder of feature files is imported where it is, and written to", async (t) => {
  const path = await temporaryDirectory(t);
  for (const [name, text] of Object.entries(EXAMPLE_FILES)) {
    await mkdir(join(path, name, ".."), { recursive: true });
    await writeFile(join(path, name), text);
  }
  const daemon = await startDaemon(t, { config: local(path) });
  t.is(await banner(daemon), true);
  t.is((await put(daemon, false)).status, 200);
  t.is(await banner(daemon), false);
  t.is(await nativeGit(["-C", path, "status", "--porcelain"]), "");
  t.is(await nativeGit(["-C", path, "log", "--format=%s", "-1"]), "update flag default/banner");
  await nativeGit(["-C", path, "fsck", "--strict"]);

  // Edits by hand are served, committed or not; a write to such a file is refused and overwrites nothing.
  await writeFile(join(path, "default/features.yaml"), file(true));
  await eventually(
    () => banner(daemon),
    (enabled) => enabled === true,
    5_000,
  );
  const status = (await daemon.get("/api/status")).body.storages[0];
  t.deepEqual(status.uncommitted, ["default/features.yaml"]);
  const refused = await put(daemon, false);
  t.is(refused.status, 409);
  t.regex(refused.body.message ?? "", /default\/features\.yaml has uncommitted edits/);
  t.is(await banner(daemon), true);
});

test("state survives a restart, and an acknowledged write survives SIGKILL", async (t) => {
  const path = join(await temporaryDirectory(t), "store");
  const first = await startDaemon(t, { config: local(path) });
  const created = await first.call("POST", "/api/v2/environments/default/namespaces/default/resources", {
    key: "banner",
    payload: { "@type": "flipt.core.Flag", key: "banner", name: "Banner", type: "BOOLEAN_FLAG_TYPE", enabled: true },
  });
  t.is(created.status, 200);
  await first.stop("SIGKILL");
  const second = await startDaemon(t, { config: local(path) });
  t.is(await banner(second), true);
  t.is((await second.get("/api/status")).body.storages[0].revision, created.body.revision);
  await nativeGit(["-C", path, "fsck", "--strict"]);
});

test("a second daemon on the same directory ends within 5 s and names the process that holds it", async (t) => {
  const path = join(await temporaryDirectory(t), "store");
  const first = await startDaemon(t, { config: local(path) });
  const second = await startDaemon(t, { config: local(path), start: "any" });
  t.is(await second.exited, 1);
  const line = second.lines.find(({ event }) => event === "daemon.failed");
  t.is(line?.code, "VEXIL_UNAVAILABLE_DIRECTORY_LOCKED");
  const loaded = second.lines.find(({ event }) => event === "plugin.loaded");
  t.true(Date.parse(String(line?.time)) - Date.parse(String(loaded?.time)) < 5_000);
  t.regex(String(line?.reason), new RegExp(`\\b${first.child.pid}\\b`));
});

test("in a bare repository the remote wins, and a local commit it replaces is kept and logged", async (t) => {
  const remote = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const path = join(await temporaryDirectory(t), "store");
  const daemon = await startDaemon(t, { config: local(path, {}, { remote: remote.path, poll_interval: "1s" }) });
  const tree = await nativeGit(["-C", path, "rev-parse", "main^{tree}"]);
  const commit = await nativeGit(["-C", path, "commit-tree", tree, "-p", "main", "-m", "by hand"]);
  await nativeGit(["-C", path, "update-ref", "refs/heads/main", commit]);
  const line = await daemon.line(({ event }) => event === "commit.kept", 10_000);
  t.is(line.commit, commit);
  t.is(await nativeGit(["-C", path, "rev-parse", `refs/vexil/kept/${commit}`]), commit);
  t.is(await nativeGit(["-C", path, "rev-parse", "main"]), (await remote.head()) ?? "");
});
