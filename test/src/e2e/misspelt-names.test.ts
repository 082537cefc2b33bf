import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "@vexil/config/load-config";
import test, { type ExecutionContext } from "ava";
import { shownStorage } from "../../../daemon/dist/client/status-text.js";
import { examine } from "../../../daemon/dist/doctor/doctor.js";
import { eventually, type Json } from "../helpers/daemon/daemon.js";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import type { RecordedLine } from "../helpers/daemon/recorder.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const storageOf = async ({ url }: InProcessDaemon): Promise<Json> =>
  ((await (await fetch(`${url()}/api/status`)).json()) as Json).storages[0];

const refsOf = (repository: { git(...args: string[]): Promise<string> }): Promise<string> =>
  repository.git("for-each-ref", "--format=%(refname)");

const found = ({ lines }: InProcessDaemon, event: string): RecordedLine | undefined =>
  lines.find((line) => line.event === event);

function withStorage(main: Json, environment: Json = {}): Json {
  return {
    storage: { main: { poll_interval: "1s", ...main } },
    environments: { default: { storage: "main", default: true, ...environment } },
  };
}

/** A daemon whose start has ended. */
async function started(t: ExecutionContext, config: Json): Promise<InProcessDaemon> {
  const daemon = await inProcessDaemon(t, config);
  await (await daemon.start()).settled;
  return daemon;
}

/** The error that stops a start. */
async function refused(t: ExecutionContext, config: Json): Promise<Json> {
  const daemon = await inProcessDaemon(t, config);
  const error = await t.throwsAsync(async () => (await daemon.start()).settled);
  t.is(found(daemon, "branch.seeded"), undefined);
  await daemon.stop();
  return error;
}

async function diagnosed(t: ExecutionContext, config: Json): Promise<{ ok: boolean; text: string }> {
  const file = join(await temporaryDirectory(t), "vexil.json");
  await writeFile(file, JSON.stringify(config));
  const { ok, storages } = await examine(await loadConfig({ file, env: {}, cwd: "/" }), { env: {} });
  return { ok, text: JSON.stringify(storages[0]?.steps) };
}

for (const kind of ["memory", "bare", "clone"] as const) {
  for (const policy of ["strict", "lenient"] as const) {
    test.serial(
      `a misspelt branch is not made on the remote; the start says which there are (${kind}, ${policy})`,
      async (t) => {
        const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
        await repository.commit({ "a.txt": "" }, { branch: "release" });
        const before = await refsOf(repository);
        const remote = kind === "memory" ? (await startGitHttpServer(t, repository.path)).url : repository.path;
        const path = join(await temporaryDirectory(t), "store");
        if (kind === "clone") await nativeGit(["clone", "-q", repository.path, path]);
        const backend = kind === "memory" ? { type: "memory" } : { type: "local", path };
        const main = { remote, branch: "mian", backend, fetch_policy: policy, read_only: kind === "bare" };
        const error = await refused(t, withStorage(main));
        t.is(error.code, "VEXIL_REMOTE_BRANCH_GONE");
        t.regex(error.message, /no branch "mian"; it has main, release/);
        t.is(await refsOf(repository), before);
      },
    );
  }
}

test.serial("a remote with nothing but tags is not empty", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  await repository.git("tag", "v1", "main");
  await repository.git("update-ref", "-d", "refs/heads/main");
  t.is((await refused(t, withStorage({ remote: repository.path }))).code, "VEXIL_REMOTE_BRANCH_GONE");
  t.is(await refsOf(repository), "refs/tags/v1");
});

test.serial("an empty remote gets the branch, and the log says so; with read_only it gets nothing", async (t) => {
  const empty = await temporaryRepository(t);
  t.regex((await refused(t, withStorage({ remote: empty.path, read_only: true }))).message, /empty.*read_only/);
  t.is(await refsOf(empty), "");
  const daemon = await started(t, withStorage({ remote: empty.path }));
  const revision = await empty.head();
  t.like(found(daemon, "branch.seeded"), { level: "info", storage: "main", branch: "main", revision, pushed: true });
  t.is((await storageOf(daemon)).state, "ready");
});

test.serial("a local repository without anything gets its first commit, and the log says so", async (t) => {
  const path = join(await temporaryDirectory(t), "store");
  const config = withStorage({ backend: { type: "local", path } });
  const daemon = await started(t, config);
  t.like(found(daemon, "branch.seeded"), { branch: "main", pushed: false });
  await daemon.stop();
  t.is(found(await started(t, config), "branch.seeded"), undefined);
});

test.serial("the branch that a running daemon follows vanishes: the error says which there are", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const daemon = await started(t, withStorage({ remote: repository.path }));
  await repository.git("branch", "-m", "main", "trunk");
  const { lastError } = await eventually(
    () => storageOf(daemon),
    ({ state }) => state === "failed",
  );
  t.is(lastError.code, "VEXIL_REMOTE_BRANCH_GONE");
  t.regex(lastError.message, /"main".*it has trunk/);
  t.is(await refsOf(repository), "refs/heads/trunk");
});

test.serial("a misspelt directory is a warning in log, status and doctor, until it is there", async (t) => {
  const features = EXAMPLE_FILES["default/features.yaml"] ?? "";
  const files = { "production/default/features.yaml": features, "docs/a.md": "" };
  const repository = await temporaryRepository(t, { files });
  const config = withStorage({ remote: repository.path }, { directory: "producton" });
  const daemon = await started(t, config);
  const line = found(daemon, "directory.missing");
  t.like(line, { level: "warn", storage: "main", environment: "default", directory: "producton", branch: "main" });
  t.regex(String(line?.reason), /there are production, docs/);
  const status = await storageOf(daemon);
  t.is(status.state, "ready");
  t.is(status.warnings.length, 1);
  t.regex(status.warnings[0], /environment default.*directory "producton".*production/);
  t.regex(shownStorage(status), /warning: .*producton/);

  const { ok, text } = await diagnosed(t, config);
  t.true(ok);
  t.regex(text, /"warnings":\["environment default.*producton/);

  await repository.commit({ "producton/default/features.yaml": features });
  await eventually(
    () => storageOf(daemon),
    ({ warnings }) => warnings === undefined,
  );
  t.is(daemon.lines.filter(({ event }) => event === "directory.missing").length, 1);
});

test.serial("doctor names the branches that there are, and knows an empty remote", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const empty = await temporaryRepository(t);
  const misspelt = await diagnosed(t, withStorage({ remote: repository.path, branch: "mian" }));
  t.false(misspelt.ok);
  t.regex(misspelt.text, /no branch \\"mian\\"; it has main/);
  t.notRegex(misspelt.text, /would make/);
  t.true((await diagnosed(t, withStorage({ remote: empty.path }))).ok);
  const readOnly = await diagnosed(t, withStorage({ remote: empty.path, read_only: true }));
  t.false(readOnly.ok);
  t.regex(readOnly.text, /read_only/);
});
