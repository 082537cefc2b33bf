import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import test from "ava";
import { eventually, type RunningDaemon, startDaemon, VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

async function banner(daemon: RunningDaemon): Promise<unknown> {
  return (await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" })).body.enabled;
}

const OFF = {
  "default/features.yaml": (EXAMPLE_FILES["default/features.yaml"] ?? "").replace(
    "{key: banner, name: Banner, type: BOOLEAN_FLAG_TYPE, enabled: true}",
    "{key: banner, name: Banner, type: BOOLEAN_FLAG_TYPE, enabled: false}",
  ),
};

for (const backend of ["memory", "local"] as const) {
  for (const transport of ["http", "file"] as const) {
    test(`flags come from a ${transport} remote into the ${backend} backend, and a push is served within one poll`, async (t) => {
      const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
      const remote = transport === "file" ? repository.path : (await startGitHttpServer(t, repository.path)).url;
      const path = join(await temporaryDirectory(t), "store");
      const daemon = await startDaemon(t, {
        config: {
          storage: {
            default: {
              remote,
              poll_interval: "1s",
              backend: backend === "local" ? { type: "local", path } : { type: "memory" },
            },
          },
        },
      });
      t.is(await banner(daemon), true);
      const head = await repository.commit(OFF);
      await eventually(
        () => banner(daemon),
        (enabled) => enabled === false,
        5_000,
      );
      const { storages } = (await daemon.get("/api/status")).body;
      t.is(storages[0].state, "ready");
      t.is(storages[0].revision, head);

      // History rewritten by force, and the branch deleted and made anew.
      const rewritten = await repository.commit(EXAMPLE_FILES, { root: true });
      await eventually(
        () => banner(daemon),
        (enabled) => enabled === true,
        5_000,
      );
      await repository.git("update-ref", "-d", "refs/heads/main");
      await eventually(
        () => daemon.get("/health"),
        ({ status }) => status === 503,
        5_000,
      );
      t.is(await banner(daemon), true);
      await repository.git("update-ref", "refs/heads/main", rewritten);
      await eventually(
        () => daemon.get("/health"),
        ({ status }) => status === 200,
        8_000,
      );
      t.is(daemon.stderr(), "");
      t.is(await daemon.stop(), 0);
    });
  }
}

test("with no configuration at all it serves one memory storage on 127.0.0.1", async (t) => {
  const daemon = await startDaemon(t, {});
  t.regex(daemon.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const answer = await daemon.post("/evaluate/v1/boolean", { flagKey: "x", entityId: "u" });
  t.is(answer.status, 404);
  t.is((await daemon.get("/health/ready")).status, 200);
});

test("a write is a commit on the remote, and evaluation reflects it at once", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startGitHttpServer(t, repository.path);
  const daemon = await startDaemon(t, {
    config: { storage: { default: { remote: server.url, poll_interval: "1h" } } },
  });
  const answer = await daemon.call("PUT", "/api/v2/environments/default/namespaces/default/resources", {
    key: "banner",
    payload: { "@type": "flipt.core.Flag", key: "banner", name: "Banner", type: "BOOLEAN_FLAG_TYPE", enabled: false },
  });
  t.is(answer.status, 200);
  t.is(await banner(daemon), false);
  t.is(await repository.head(), answer.body.revision);
  t.is(await repository.git("log", "-1", "--format=%s"), "update flag default/banner");
  t.regex(await repository.read("default/features.yaml"), /key: banner/);
});

test("a strict start without its remote ends with exit code 1 and says which step failed", async (t) => {
  const daemon = await startDaemon(t, {
    start: "any",
    config: { storage: { default: { remote: "http://127.0.0.1:1/flags.git" } } },
  });
  t.is(await daemon.exited, 1);
  const line = daemon.lines.find(({ event }) => event === "daemon.failed");
  t.is(line?.step, "connect");
  t.is(line?.code, "VEXIL_CONNECTION_REFUSED");
  t.is(line?.storage, "default");
});

test("a start that fails says so on the terminal when the log goes to a file", async (t) => {
  const directory = await temporaryDirectory(t);
  const config = join(directory, "vexil.yaml");
  const log = join(directory, "vexil.log");
  await writeFile(config, `storage: { default: { remote: ${directory}/nowhere.git } }\nlog: { file: ${log} }\n`);
  const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [VEXIL, "serve", "--config", config], (error, out, err) =>
      resolve({ code: error?.code, stdout: out, stderr: err }),
    );
  });
  t.is(code, 1);
  t.is(stdout, "");
  t.is(
    stderr.trim(),
    `Error: ${directory}/nowhere.git: the remote has no repository: there is no such directory ` +
      `(storage default, log: ${log}) (more: vexil explain-error VEXIL_REMOTE_NOT_FOUND)`,
  );
  t.regex(await readFile(log, "utf8"), /"event":"daemon.failed"/);
});

test("a lenient start that has a state is refused its credential before it serves, or fails its storage and goes on", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const git = await startGitHttpServer(t, repository.path);
  const path = join(await temporaryDirectory(t), "flags");
  const storage = { remote: git.url, fetch_policy: "lenient", poll_interval: "1h", backend: { type: "local", path } };
  const config = { storage: { default: storage } };
  const strict = { storage: { default: { ...storage, fetch_policy: "strict" } } };
  await (await startDaemon(t, { config: strict })).stop();
  await git.close();
  let delayMs = 0;
  const refusing = createServer((_request, response) => {
    setTimeout(() => response.writeHead(401).end(), delayMs);
  }).listen(git.port, "127.0.0.1");
  t.teardown(() => {
    refusing.closeAllConnections();
    refusing.close();
  });
  await once(refusing, "listening");
  // The refusal counts where it comes within a second, which a crowded machine may miss now and then.
  let first = "";
  for (let attempt = 1; attempt <= 5 && first !== "daemon.failed"; attempt += 1) {
    const refused = await startDaemon(t, { config, start: "any" });
    first = (await refused.line(({ event }) => event === "daemon.ready" || event === "daemon.failed")).event;
    if (first === "daemon.failed") t.is(await refused.exited, 1);
    else await refused.stop();
  }
  t.is(first, "daemon.failed");
  delayMs = 3_000;
  const daemon = await startDaemon(t, { config });
  t.true(await banner(daemon));
  await eventually(
    () => daemon.get("/api/status"),
    ({ body }) => body.storages[0].state === "failed",
  );
  t.true(await banner(daemon));
  await daemon.stop();
  t.is(await daemon.exited, 0);
});

test("a lenient start without its remote runs, is not ready, and heals", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const first = await startGitHttpServer(t, repository.path);
  await first.close();
  const daemon = await startDaemon(t, {
    config: { storage: { default: { remote: first.url, fetch_policy: "lenient", poll_interval: "1s" } } },
  });
  t.is((await daemon.get("/health")).status, 200);
  t.is((await daemon.get("/health/ready")).status, 503);
  t.is((await daemon.get("/api/status")).body.storages[0].state, "starting");
  await startGitHttpServer(t, repository.path, { port: first.port });
  await eventually(
    () => daemon.get("/health/ready"),
    ({ status }) => status === 200,
    10_000,
  );
  t.is(await banner(daemon), true);
});
