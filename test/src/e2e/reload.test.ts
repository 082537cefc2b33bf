import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "ava";
import { eventually, startDaemon } from "../helpers/daemon.js";
import { startGitHttpServer } from "../helpers/git-http-server.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/temporary-repository.js";

const base = {
  version: "2.0",
  server: { host: "127.0.0.1", http_port: 0, workers: 1 },
  log: { encoding: "json", level: "debug" },
};

test("SIGHUP adds and removes storages without dropping a request, and without a fetch for what did not change", async (t) => {
  const cwd = await temporaryDirectory(t);
  const one = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const two = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startGitHttpServer(t, one.path);
  const storages = { one: { remote: server.url, poll_interval: "1h" }, two: { remote: two.path, poll_interval: "1h" } };
  const environments = { one: { storage: "one", default: true }, two: { storage: "two" } };
  const only = { storage: { one: storages.one }, environments: { one: environments.one } };
  const daemon = await startDaemon(t, { cwd, config: only });
  const requests = server.requests.length;
  let asking = true;
  let asked = 0;
  const wrong: unknown[] = [];
  const asker = (async () => {
    while (asking) {
      const answer = await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" });
      asked += 1;
      if (answer.body.enabled !== true) wrong.push(answer);
    }
  })();

  const file = join(cwd, "vexil.json");
  const environmentKeys = async (): Promise<string[]> =>
    (await daemon.get("/api/v2/environments")).body.environments.map((one: { key: string }) => one.key).sort();
  await writeFile(file, JSON.stringify({ ...base, storage: storages, environments }));
  daemon.child.kill("SIGHUP");
  await eventually(environmentKeys, (keys) => keys.join() === "one,two");

  await writeFile(file, JSON.stringify({ ...base, storage: { one: { ...storages.one, poll_intervall: "1s" } } }));
  daemon.child.kill("SIGHUP");
  const refused = await daemon.line(({ event }) => event === "config.rejected");
  t.regex(String(refused.reason), /storage\.one\.poll_intervall.*poll_interval/s);
  t.deepEqual(await environmentKeys(), ["one", "two"]);

  await writeFile(file, JSON.stringify({ ...base, ...only }));
  daemon.child.kill("SIGHUP");
  await eventually(environmentKeys, (keys) => keys.join() === "one");

  asking = false;
  await asker;
  t.deepEqual(wrong, []);
  t.true(asked > 3);
  t.is(server.requests.length, requests);
  t.is(await daemon.stop(), 0);
});

test("a storage that cannot be opened is refused, and the one it would have replaced goes on", async (t) => {
  const cwd = await temporaryDirectory(t);
  const store = join(cwd, "store");
  const daemon = await startDaemon(t, {
    cwd,
    config: { storage: { default: { backend: { type: "local", path: store } } } },
  });
  await writeFile(join(cwd, "file"), "no directory");
  await writeFile(
    join(cwd, "vexil.json"),
    JSON.stringify({ ...base, storage: { default: { backend: { type: "local", path: join(cwd, "file", "x") } } } }),
  );
  daemon.child.kill("SIGHUP");
  await daemon.line(({ event }) => event === "config.rejected");
  const written = await daemon.call("POST", "/api/v2/environments/default/namespaces", { key: "team", name: "Team" });
  t.is(written.status, 200);
});

test("SIGTERM answers what is under way and ends with code 0", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const signs = await temporaryDirectory(t);
  // The remote takes the push only when it is told to, so that the write is under way when the signal comes.
  const hook = join(repository.path, "hooks", "pre-receive");
  await mkdir(dirname(hook), { recursive: true });
  await writeFile(hook, `#!/bin/sh\ntouch ${signs}/pushing\nwhile [ ! -e ${signs}/go ]; do sleep 0.05; done\n`, {
    mode: 0o755,
  });
  const daemon = await startDaemon(t, { config: { storage: { default: { remote: repository.path } } } });
  const write = daemon.call("POST", "/api/v2/environments/default/namespaces", { key: "team", name: "Team" });
  await eventually(
    async () => existsSync(join(signs, "pushing")),
    (there) => there,
  );
  const code = daemon.stop();
  await daemon.line(({ event }) => event === "daemon.draining");
  await writeFile(join(signs, "go"), "");
  t.is((await write).status, 200);
  t.is(await code, 0);
  t.is(await repository.git("log", "-1", "--format=%s"), "create namespace team");
});

test("a memory backend with a saved state serves it as stale when the remote is dead at a lenient start", async (t) => {
  const cwd = await temporaryDirectory(t);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startGitHttpServer(t, repository.path);
  const config = {
    storage: {
      default: {
        remote: server.url,
        fetch_policy: "lenient",
        poll_interval: "1s",
        backend: { type: "memory", saved_state_path: join(cwd, "state") },
      },
    },
  };
  const first = await startDaemon(t, { config });
  await eventually(
    () => first.get("/health/ready"),
    ({ status }) => status === 200,
  );
  t.is(await first.stop(), 0);
  await server.close();
  const second = await startDaemon(t, { config });
  t.is((await second.get("/health/ready")).status, 200);
  t.is((await second.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" })).body.enabled, true);
  await eventually(
    () => second.get("/api/status"),
    ({ body }) => body.storages[0].state === "stale",
  );
  await startGitHttpServer(t, repository.path, { port: server.port });
  await eventually(
    () => second.get("/api/status"),
    ({ body }) => body.storages[0].state === "ready",
  );
  t.is((await second.get("/health")).status, 200);
});
